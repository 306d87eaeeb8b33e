package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
	"github.com/claviger-id/claviger/storage/teststores"
)

// patient is an installation that the doctor looks at.
type patient struct {
	t         *testing.T
	dir       string
	config    string
	ahead     time.Duration // of the true time
	addresses []netip.Addr
}

// newPatient makes an installation with these lines of configuration besides.
func newPatient(t *testing.T, lines string) *patient {
	t.Helper()
	p := &patient{t: t, dir: t.TempDir()}
	p.config = filepath.Join(p.dir, "claviger.toml")
	if !strings.Contains(lines, "[data]") {
		lines = fmt.Sprintf("[data]\ndirectory = %q\n", filepath.Join(p.dir, "data")) + lines
	}
	if err := os.WriteFile(p.config, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *patient) program(out io.Writer) *program {
	return &program{stdin: strings.NewReader(""), stdout: out, stderr: io.Discard, now: func() time.Time { return time.Now().UTC().Add(p.ahead).Truncate(time.Microsecond) }, configFile: p.config}
}

// install runs the first command on it.
func (p *patient) install() *patient {
	p.t.Helper()
	in, err := p.program(io.Discard).open(p.t.Context(), true)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := in.ring().Open(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	if err := in.close(); err != nil {
		p.t.Fatal(err)
	}
	return p
}

// finds checks that the doctor finds something, with a remedy where it is a fault.
func (p *patient) finds(check, status, text string) {
	p.t.Helper()
	all := p.program(io.Discard).examine(p.t.Context(), p.addresses)
	for _, f := range all {
		if f.Check == check && f.Status == status && strings.Contains(f.Found, text) {
			if status == findingFailed && f.Remedy == "" {
				p.t.Errorf("%s: no remedy for %q", check, f.Found)
			}
			return
		}
	}
	p.t.Errorf("%s: nothing %s that says %q in:\n%+v", check, status, text, all)
}

func TestDoctorFindsNothing(t *testing.T) {
	p := newPatient(t, "").install()
	for _, f := range p.program(io.Discard).examine(t.Context(), nil) {
		if f.Status == findingFailed {
			t.Errorf("%+v", f)
		}
	}
	p.finds("database", findingOK, "opens")
	p.finds("migrations", findingOK, "this version")
	p.finds("keys", findingOK, "no signing key is older")
}

// TestDoctorSecondPerson: for what wants two people there are two who may, and are active.
func TestDoctorSecondPerson(t *testing.T) {
	p := newPatient(t, "[admin]\nsecond_person = [\"keys\", \"roles\"]\n").install()
	p.finds("second person", findingWarning, "keys wants two people, and 0 people may")
	in, err := p.program(io.Discard).open(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	appoint := func(role string, state storage.PersonState) {
		t.Helper()
		if err := in.store.Tx(t.Context(), func(tx storage.Tx) error {
			who := storage.Person{ID: secret.NewID(), Subject: secret.NewID(), State: state, CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1}
			people := &person.Directory{Keys: in.keyring}
			if err := people.Seal(&who, person.Profile{UserID: who.ID, FamilyName: "Lee"}); err != nil {
				return err
			}
			if err := tx.People().Insert(t.Context(), who); err != nil {
				return err
			}
			return tx.Operators().Appoint(t.Context(), storage.Operator{Kind: storage.OperatorPerson, ID: who.ID, Role: role, AppointedAt: tx.Now(), AppointedBy: "test"})
		}); err != nil {
			t.Fatal(err)
		}
	}
	appoint("operator", storage.PersonActive)
	appoint("operator", storage.PersonSuspended)
	appoint("security_officer", storage.PersonActive)
	if err := in.close(); err != nil {
		t.Fatal(err)
	}
	p.finds("second person", findingWarning, "roles wants two people, and 1 person may") // officers give no roles
	for _, f := range p.program(io.Discard).examine(t.Context(), nil) {
		if f.Check == "second person" && strings.HasPrefix(f.Found, "keys") {
			t.Errorf("an operator and an officer are two: %+v", f)
		}
	}
	newPatient(t, "").install().finds("second person", findingSkipped, "nothing wants one")
}

func TestDoctorCommand(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.toml")
	if err := os.WriteFile(bad, []byte("colour = \"blue\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := runIn(t, "doctor", "--config", bad)
	if code != exitFailed || !strings.Contains(out, "FAILED ") || !strings.Contains(out, "unknown key colour") || !strings.Contains(stderr, "1 check failed") {
		t.Errorf("exit code %d\n%s%s", code, out, stderr)
	}
	if strings.Contains(out, "\x1b") {
		t.Error("colours where there is no terminal")
	}
	code, out, _ = runIn(t, "doctor", "--config", bad, "--json")
	var findings []finding
	if err := json.Unmarshal([]byte(out), &findings); err != nil || code != exitFailed || len(findings) != 1 || findings[0].Check != "configuration" {
		t.Errorf("exit code %d, %v\n%s", code, err, out)
	}
}

func TestDoctorFiles(t *testing.T) {
	p := newPatient(t, "").install()
	p.finds("files", findingOK, "closed to others")
	for name, mode := range map[string]os.FileMode{rootKeyFile: 0o644, durableFile: 0o604} {
		path := filepath.Join(p.dir, "data", name)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		p.finds("files", findingFailed, name+" is open to everybody")
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(p.dir, "data", rootKeyFile)); err != nil {
		t.Fatal(err)
	}
	p.finds("database", findingFailed, "root.key is missing")
}

func TestDoctorTLS(t *testing.T) {
	now := time.Now()
	for name, test := range map[string]struct {
		host         string
		begins, ends time.Time
		status, text string
	}{
		"good":    {"id.example.org", now.Add(-time.Hour), now.Add(90 * 24 * time.Hour), findingOK, "is good until"},
		"ending":  {"id.example.org", now.Add(-time.Hour), now.Add(5 * 24 * time.Hour), findingWarning, "ends on"},
		"over":    {"id.example.org", now.Add(-48 * time.Hour), now.Add(-time.Hour), findingFailed, "ended on"},
		"early":   {"id.example.org", now.Add(48 * time.Hour), now.Add(90 * 24 * time.Hour), findingFailed, "begins on"},
		"another": {"www.example.org", now.Add(-time.Hour), now.Add(90 * 24 * time.Hour), findingFailed, "is not for id.example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t, "")
			certificate, key := makeCertificate(t, p.dir, test.host, test.begins, test.ends)
			p.configure("[public]\nissuer = \"https://id.example.org\"\ncertificate_file = %q\nkey_file = %q\n", certificate, key)
			p.finds("tls", test.status, test.text)
			if err := os.Chmod(key, 0o644); err != nil {
				t.Fatal(err)
			}
			p.finds("tls", findingFailed, "can be read by everybody")
			if err := os.WriteFile(key, []byte("nonsense"), 0o600); err != nil {
				t.Fatal(err)
			}
			p.finds("tls", findingFailed, "cannot be used")
		})
	}
	p := newPatient(t, "[public]\nissuer = \"https://id.example.org\"\n")
	p.finds("tls", findingWarning, "none is trusted")
}

// configure writes the configuration anew.
func (p *patient) configure(format string, args ...any) {
	p.t.Helper()
	text := fmt.Sprintf("[data]\ndirectory = %q\n", filepath.Join(p.dir, "data")) + fmt.Sprintf(format, args...)
	if err := os.WriteFile(p.config, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func makeCertificate(t *testing.T, dir, host string, begins, ends time.Time) (certificateFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, NotBefore: begins, NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificateFile, keyFile = filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	for path, block := range map[string]*pem.Block{certificateFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificateFile, keyFile
}

// A proxy that leads everything everywhere, and a forwarder of the admin port.
func TestDoctorListeners(t *testing.T) {
	everything := httptest.NewUnstartedServer(nil)
	issuer := "http://" + everything.Listener.Addr().String()
	everything.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": issuer})
	})
	everything.Start()
	defer everything.Close()
	_, port, _ := net.SplitHostPort(everything.Listener.Addr().String())

	p := newPatient(t, fmt.Sprintf("[public]\nissuer = %q\n[admin]\nlisten = \"127.0.0.1:%s\"\n", issuer, port))
	p.finds("listeners", findingFailed, "/metrics can be reached at "+issuer)
	p.finds("listeners", findingOK, "on loopback only")
	// Another address of this machine, as far as the check knows.
	p.addresses = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	p.finds("listeners", findingFailed, "the admin listener can be reached at 127.0.0.1:"+port)

	p = newPatient(t, fmt.Sprintf("[public]\nissuer = %q\n", "http://localhost:"+port))
	p.finds("listeners", findingFailed, "is not this issuer")
	everything.Close()
	p.finds("listeners", findingSkipped, "nobody answers")
}

func TestDoctorClock(t *testing.T) {
	p := newPatient(t, "")
	p.ahead += time.Hour
	if err := p.program(io.Discard).change(t.Context(), true, func(*installation) error { return nil }); err != nil {
		t.Fatal(err)
	}
	p.finds("clock", findingOK, "last signed")
	p.ahead -= time.Hour
	p.finds("clock", findingFailed, "which is yet to come")
}

// TestDoctorHashing: a history that is too long for what a hash costs is told before
// somebody wants to choose a password.
func TestDoctorHashing(t *testing.T) {
	newPatient(t, "").finds("hashing", findingOK, "compared with 10")
	newPatient(t, "[password.rotation]\nmode = \"advisory\"\n").finds("hashing", findingOK, "compared with 0")
	newPatient(t, "[password]\nfips = true\n[password.rotation]\nmode = \"advisory\"\n[password.rotation.roles.nurse]\nmode = \"enforced\"\n").finds("hashing", findingOK, "compared with 10")
	for _, c := range []struct {
		one        time.Duration
		remembered int
		want       string
	}{
		{70 * time.Millisecond, 10, findingOK}, {299 * time.Millisecond, 24, findingOK}, {301 * time.Millisecond, 24, findingWarning},
		{599 * time.Millisecond, 24, findingWarning}, {601 * time.Millisecond, 24, findingFailed}, {5 * time.Second, 0, findingOK}, {5 * time.Second, 1, findingOK},
	} {
		var d doctor
		d.choosing("hashing", c.one, c.remembered)
		if f := d.findings[0]; f.Status != c.want || (f.Remedy == "") != (c.want == findingOK) {
			t.Errorf("%v, %d remembered: %+v, want %s", c.one, c.remembered, f, c.want)
		}
	}
}

func TestDoctorKeys(t *testing.T) {
	p := newPatient(t, "").install()
	p.ahead += 100 * 24 * time.Hour
	p.finds("keys", findingFailed, "for 100 days")
}

// noMails is a relay that lets everybody in, and takes nothing.
type noMails struct{}

var errNoMails = errors.New("no mails here")

func (noMails) Reset()                               {}
func (noMails) Logout() error                        { return nil }
func (noMails) Mail(string, *smtp.MailOptions) error { return errNoMails }
func (noMails) Rcpt(string, *smtp.RcptOptions) error { return errNoMails }
func (noMails) Data(io.Reader) error                 { return errNoMails }

func TestDoctorMail(t *testing.T) {
	var listen net.ListenConfig
	l, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	p := newPatient(t, fmt.Sprintf("[mail]\nhost = \"localhost\"\nport = %s\nfrom = \"id@example.org\"\n", port))
	p.finds("mail", findingFailed, "no connection to the relay")
	newPatient(t, "").finds("mail", findingSkipped, "nothing is mailed")

	// A relay that takes mails, and knows no TLS.
	if l, err = listen.Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	relay := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return noMails{}, nil }))
	relay.Domain = "localhost"
	go func() { _ = relay.Serve(l) }()
	t.Cleanup(func() { _ = relay.Close() })
	_, port, _ = net.SplitHostPort(l.Addr().String())
	settings := fmt.Sprintf("[mail]\nhost = \"localhost\"\nport = %s\nfrom = \"id@example.org\"\n", port)
	newPatient(t, settings).finds("mail", findingFailed, "localhost:"+port)
	newPatient(t, settings+"insecure_plaintext = true\n").finds("mail", findingWarning, "without TLS")
}

func TestDoctorMigrations(t *testing.T) {
	p := newPatient(t, "").install()
	text, err := os.ReadFile(filepath.Join(p.dir, "data", rootKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	root, err := secret.ParseRoot(string(text))
	if err != nil {
		t.Fatal(err)
	}
	f, err := sqlite.OpenFile(t.Context(), sqlite.FileOptions{Path: filepath.Join(p.dir, "data", durableFile), Key: root.FileKey(durableFile)})
	if err != nil {
		t.Fatal(err)
	}
	err = f.Write(t.Context(), func(tx *sqlite.Tx) error {
		return tx.Later(context.Background(), `DELETE FROM schema_version WHERE number = (SELECT max(number) FROM schema_version)`)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	p.finds("migrations", findingFailed, "1 step of the schema is pending")
}

func TestDoctorPostgres(t *testing.T) {
	address := teststores.Database(t)
	p := newPatient(t, "")
	write := func(name, text string) string {
		path := filepath.Join(p.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	p.configure("root_key_file = %q\npostgres_url_file = %q\nredis_url_file = %q\n", write("root.key", secret.NewRoot().Text()), write("pg", address),
		write("redis", "redis://127.0.0.1:1/0"))
	p.install()
	p.finds("clock", findingOK, "PostgreSQL")
	p.finds("database", findingWarning, "is a superuser")
	p.ahead -= time.Minute
	p.finds("clock", findingFailed, "differs from that of PostgreSQL")
	p.ahead += time.Minute

	// A role that may sign in, and hardly anything else.
	c, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	role := "doctor_" + strings.ToLower(secret.NewID()[:8])
	for _, sql := range []string{
		"CREATE ROLE " + role + " LOGIN PASSWORD 'doctor'", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO " + role,
		"GRANT INSERT, UPDATE, DELETE ON schema_version TO " + role, "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
	} {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		c, err := pgx.Connect(context.Background(), address)
		if err != nil {
			return
		}
		_, _ = c.Exec(context.Background(), "DROP OWNED BY "+role)
		_, _ = c.Exec(context.Background(), "DROP ROLE "+role)
		_ = c.Close(context.Background())
	})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "doctor")
	write("pg", u.String())
	p.finds("database", findingFailed, "cannot read and write")
	p.finds("database", findingWarning, "cannot make tables")
	u.Host = "127.0.0.1:1"
	write("pg", u.String())
	p.finds("database", findingFailed, "does not answer")
}

// startRedis starts a server of its own, whose settings are nobody else's.
func startRedis(t *testing.T, settings ...string) string {
	t.Helper()
	teststores.Given(t, teststores.Redis) // where there are no servers, this is skipped
	var listen net.ListenConfig
	l, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"--port", port, "--bind", "127.0.0.1", "--dir", t.TempDir()}, settings...)
	var said bytes.Buffer
	cmd := exec.Command("redis-server", args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 300 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			_ = c.Close()
			return "127.0.0.1:" + port
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("redis-server does not answer:\n%s", &said)
	return ""
}

// failingToSave is a server whose directory is gone.
func failingToSave(t *testing.T, settings ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	address := startRedis(t, append([]string{"--dir", dir}, settings...)...)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(&redis.Options{Addr: address})
	defer func() { _ = c.Close() }()
	if err := c.BgSave(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if info, err := c.Info(t.Context(), "persistence").Result(); err == nil && strings.Contains(info, "rdb_last_bgsave_status:err") {
			return address
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("it can still save")
	return ""
}

func TestDoctorRedis(t *testing.T) {
	p := newPatient(t, "")
	file := filepath.Join(p.dir, "redis")
	at := func(address string) {
		if err := os.WriteFile(file, []byte(address), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	nowhere := filepath.Join(p.dir, "nowhere")
	if err := os.WriteFile(nowhere, []byte("postgres://u@127.0.0.1:1/d"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.configure("root_key_file = %q\npostgres_url_file = %q\nredis_url_file = %q\n", nowhere, nowhere, file)
	at("redis://" + startRedis(t, "--appendonly", "yes", "--maxmemory-policy", "noeviction") + "/0")
	p.finds("redis", findingOK, "forgets nothing")
	at("redis://" + startRedis(t, "--maxmemory-policy", "allkeys-lru") + "/0")
	p.finds("redis", findingFailed, "maxmemory-policy is allkeys-lru")
	p.finds("redis", findingWarning, "appendonly is off")
	at("redis://" + failingToSave(t) + "/0")
	p.finds("redis", findingFailed, "Redis takes no writes")
	at("redis://" + failingToSave(t, "--stop-writes-on-bgsave-error", "no") + "/0")
	p.finds("redis", findingWarning, "snapshot of Redis could not be written")
	at("redis://u:p@" + startRedis(t, "--user", "u", "on", ">p", "~*", "&*", "+@all", "-info") + "/0")
	p.finds("redis", findingSkipped, "may not ask")
	at("redis://u:p@" + startRedis(t, "--user", "u", "on", ">p", "~*", "&*", "+@all", "-zrangebylex", "-hset") + "/0")
	p.finds("redis", findingFailed, "the user may not run hset, zrangebylex on claviger:*")
	at("redis://127.0.0.1:1/0")
	p.finds("redis", findingFailed, "does not answer")
}
