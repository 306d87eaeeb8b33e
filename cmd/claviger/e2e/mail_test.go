package e2e

import (
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// relay takes mails over.
type relay struct {
	mu    sync.Mutex // guards mails
	mails []letter
}

// letter is a mail: for whom it is, and subject and text.
type letter struct{ to, text string }

func newRelay(t *testing.T) (*relay, string) {
	t.Helper()
	r := &relay{}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{r: r}, nil }))
	server.Domain = "localhost"
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return r, port(l.Addr().String())
}

type delivery struct {
	r  *relay
	to string
}

func (*delivery) Reset()                               {}
func (*delivery) Logout() error                        { return nil }
func (*delivery) Mail(string, *smtp.MailOptions) error { return nil }

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.to = to
	return nil
}

func (d *delivery) Data(in io.Reader) error {
	m, err := mail.ReadMessage(in)
	if err != nil {
		return err
	}
	_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	part, err := multipart.NewReader(m.Body, parameters["boundary"]).NextRawPart()
	if err != nil {
		return err
	}
	text, err := io.ReadAll(quotedprintable.NewReader(part))
	if err != nil {
		return err
	}
	d.r.mu.Lock()
	defer d.r.mu.Unlock()
	d.r.mails = append(d.r.mails, letter{d.to, m.Header.Get("Subject") + "\n" + string(text)})
	return nil
}

// wait returns what the first group of the pattern holds in the first mail of a
// subject, and forgets the mail.
func (r *relay) wait(t *testing.T, subject, pattern string) string {
	t.Helper()
	return r.waitFor(t, "", subject, pattern)
}

// waitFor is wait for a mail to one address.
func (r *relay) waitFor(t *testing.T, to, subject, pattern string) string {
	t.Helper()
	for range 300 {
		r.mu.Lock()
		for i, m := range r.mails {
			if !strings.HasPrefix(m.text, subject+"\n") || to != "" && m.to != to {
				continue
			}
			r.mails = append(r.mails[:i], r.mails[i+1:]...)
			r.mu.Unlock()
			found := regexp.MustCompile(pattern).FindStringSubmatch(m.text)
			if found == nil {
				t.Fatalf("the mail does not hold what it should:\n%s", m.text)
			}
			return found[1]
		}
		r.mu.Unlock()
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("no mail %q came", subject)
	return ""
}

// TestMail is an account that begins by mail, a password that is forgotten and one
// that is changed, in a browser, with a relay that the server reaches by itself.
func TestMail(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			mailOn(t, backend)
		})
	}
}

func mailOn(t *testing.T, backend string) {
	t.Helper()
	relay, smtpPort := newRelay(t)
	in := newInstallation(t, backend, map[string]string{
		"mail.host": quote("localhost"), "mail.port": smtpPort, "mail.from": quote("id@example.org"), "mail.insecure_plaintext": "true",
		"password.rotation.min_age_days": "0",
	})
	roster := filepath.Join(in.dir, "roster.csv")
	if err := os.WriteFile(roster, []byte("NPI,Entity Type Code,Provider Last Name (Legal Name),Provider First Name,Email\n1234567893,1,Smith,Jane,jane@example.org\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in.claviger("enroll", "import", roster, "--deliver", "mail")
	address := in.registerPortal()
	in.serve()
	portal := in.portal(address, "15m")
	userID := relay.wait(t, "Your account, part one: the User ID", `\n    (\S+)`)
	link := relay.wait(t, "Your account: the temporary password", `\n    (http\S+)`)

	b := newBrowser(t)
	b.open(link)
	b.look("temporary")
	b.click("#submit")
	temporary := b.see("#temporary")
	b.look("temporary-shown")
	b.open(portal)
	b.click("#login")
	signIn := func(password string) {
		b.see("#password")
		b.fill("#userid", userID)
		b.fill("#password", password)
		b.click("#submit")
	}
	signIn(temporary)
	b.see("#new-password")
	b.fill("#new-password", personal)
	b.fill("#confirm", personal)
	b.click("#submit")
	b.see("#facts")
	relay.wait(t, "Your password was changed", `(changed)`)

	b.open(in.issuer + "/account/sessions")
	b.see("#alone")
	b.look("account-sessions")
	b.open(in.issuer + "/account/password")
	b.see("#current-password")
	b.look("change-password")
	b.fill("#current-password", "not the password at all")
	b.fill("#new-password", nextPersonal)
	b.fill("#confirm", nextPersonal)
	b.click("#submit")
	b.see("#alert")
	b.look("change-password-wrong")
	b.fill("#current-password", personal)
	b.fill("#new-password", nextPersonal)
	b.fill("#confirm", nextPersonal)
	b.click("#submit")
	b.waitText("Your password was changed")
	relay.wait(t, "Your password was changed", `(changed)`)

	b.open(in.issuer + "/forgot-user-id")
	b.look("forgot-user-id")
	b.fill("#email", "jane@example.org")
	b.click("#submit")
	b.look("asked")
	if again := relay.wait(t, "Your User ID", `\n    (\S+)`); again != userID {
		t.Errorf("the User ID is %q, and was %q", again, userID)
	}
	b.open(in.issuer + "/forgot-password")
	b.look("forgot-password")
	b.fill("#userid", userID)
	b.click("#submit")
	b.waitText("Check your email")
	b.open(relay.wait(t, "Choose a new password", `\n    (http\S+)`))
	b.look("recover")
	const third = "seven quiet otters swim"
	b.fill("#new-password", third)
	b.fill("#confirm", third)
	b.click("#submit")
	b.waitText("Your new password works")
	b.look("recovered")
	relay.wait(t, "Your forgotten password was replaced", `(replaced)`)

	// The session is over: the portal has to ask again.
	b.open(in.issuer + "/account/password")
	b.waitText("User ID")
	b.look("sign-in-for-account")
	b.open(portal + "/login")
	signIn(third)
	b.waitText("Jane Smith")
	relay.wait(t, "Sign-in in a new browser", `somebody signed in(?s:.*)\n    (Chrome, Linux)\s`)
}
