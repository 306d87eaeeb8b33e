package mail_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/storage"
)

const someMail = "0193a1b2c3d4abcdefghijklmnopqrstuvwxyz"

// report is a notification as a server writes it, of these parts.
func report(parts ...string) string {
	text := "From MAILER-DAEMON Tue Nov 24 09:00:00 2026\nFrom: <MAILER-DAEMON@relay.example>\nTo: id@harbor.example\nSubject: SENTINELTEXT\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=delivery-status;\n\tboundary=\"b/1\"\n\nSENTINELTEXT\n"
	for _, p := range parts {
		text += "--b/1\n" + p + "\n"
	}
	return text + "--b/1--\n"
}

func words(text string) string { return "Content-Type: text/plain\n\n" + text + "\n" }

// status is the part for a machine, with a group for each recipient.
func status(groups ...string) string {
	return "Content-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example\nArrival-Date: Tue, 24 Nov 2026 09:00:00 +0000\n\n" + strings.Join(groups, "\n")
}

func recipient(action, code string) string {
	return "Final-Recipient: rfc822; SENTINELTEXT@example.org\nAction: " + action + "\nStatus: " + code + "\nDiagnostic-Code: smtp; 550 SENTINELTEXT\n"
}

func returned(id string) string {
	return "Content-Type: message/rfc822\n\nFrom: id@harbor.example\nTo: SENTINELTEXT@example.org\nMessage-ID: " + id + "\n\nSENTINELTEXT\n"
}

func headers(id string) string {
	return "Content-Type: text/rfc822-headers\n\nSubject: SENTINELTEXT\nMessage-ID: " + id
}

var (
	ours   = "<" + someMail + "@harbor.example>"
	failed = recipient("failed", "5.1.1")
)

func TestNotifications(t *testing.T) {
	for name, test := range map[string]struct {
		text, status string
		lives        bool
	}{
		"the whole mail":            {report(words("sorry"), status(failed), returned(ours)), "5.1.1", false},
		"its header":                {report(words("sorry"), status(failed), headers(ours)), "5.1.1", false},
		"lines that end with CR LF": {strings.ReplaceAll(report(words("sorry"), status(failed), headers(ours)), "\n", "\r\n"), "5.1.1", false},
		"no line before":            {strings.SplitN(report(status(failed), returned(ours)), "\n", 2)[1], "5.1.1", false},
		"capital letters": {strings.NewReplacer("multipart/report", "Multipart/Report", "=delivery-status", "=Delivery-Status", "Action: failed", "ACTION: Failed").
			Replace(report(status(failed), returned(ours))), "5.1.1", false},
		"a comment":             {report(status(recipient("failed (for good)", "5.7.26 (policy)")), returned(ours)), "5.7.26", false},
		"a delay":               {report(status(recipient("delayed", "4.4.1")), returned(ours)), "4.4.1", true},
		"a server that gave up": {report(status(recipient("failed", "4.4.7")), returned(ours)), "4.4.7", false},
		"two of whom one waits": {report(status(recipient("failed", "4.4.7"), recipient("delayed", "4.4.1")), returned(ours)), "4.4.7", true},
		"two, each in a way":    {report(status(recipient("failed", "4.4.7"), failed), returned(ours)), "4.4.7", false},
		"an arrival":            {report(status(recipient("delivered", "2.0.0")), returned(ours)), "2.0.0", true},
		"two who failed":        {report(status(failed, recipient("failed", "5.2.2")), returned(ours)), "5.1.1", false},
		"one of two who failed": {report(status(failed, recipient("delivered", "2.1.5")), returned(ours)), "2.1.5", true},
		"empty lines":           {report(status("\n\n"+failed+"\n\n"), returned(ours)), "5.1.1", false},
		"the other way round":   {report(returned(ours), status(failed)), "5.1.1", false},
		"a notification that was returned": {report(status(failed), returned(ours+"\nContent-Type: multipart/report; report-type=delivery-status; boundary=c\n\n--c\n"+
			status(recipient("delivered", "2.0.0"))+"\n--c--")), "5.1.1", false},
		"as many as there may be": {report(append([]string{status(many(16)...), returned(ours)}, manyParts(6)...)...), "5.1.1", false},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := mail.ReadNotification(strings.NewReader(test.text))
			if err != nil || n != (mail.Notification{Mail: someMail, Status: test.status, Final: !test.lives}) {
				t.Errorf("%+v, %v", n, err)
			}
		})
	}
}

func many(n int) (groups []string) {
	for range n {
		groups = append(groups, failed)
	}
	return groups
}

func manyParts(n int) (parts []string) {
	for range n {
		parts = append(parts, words("x"))
	}
	return parts
}

// TestHostileNotifications: each is refused, and the refusal repeats nothing.
func TestHostileNotifications(t *testing.T) {
	good := report(status(failed), returned(ours))
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                       {"", "no delivery status notification"},
		"only the line before":          {"From MAILER-DAEMON", "no delivery status notification"},
		"a letter":                      {"From: a@example.org\nSubject: SENTINELTEXT\n\nSENTINELTEXT\n", "no delivery status notification"},
		"noise":                         {"\x00\xff SENTINELTEXT\n\n", "no delivery status notification"},
		"a receipt of a reader":         {strings.Replace(good, "delivery-status;", "disposition-notification;", 1), "no delivery status notification"},
		"another kind of multipart":     {strings.Replace(good, "multipart/report", "multipart/mixed", 1), "no delivery status notification"},
		"two kinds":                     {strings.Replace(good, "MIME-Version: 1.0", "Content-Type: text/plain", 1), "no delivery status notification"},
		"no boundary":                   {strings.Replace(good, `boundary="b/1"`, "x=y", 1), "no delivery status notification"},
		"a long boundary":               {strings.ReplaceAll(good, "b/1", strings.Repeat("b", 71)), "no delivery status notification"},
		"no end":                        {strings.TrimSuffix(good, "--b/1--\n"), "no delivery status notification"},
		"too large":                     {report(status(failed), returned(ours), words(strings.Repeat("x", 256<<10))), "more than 262144 bytes"},
		"a header that is too large":    {"Subject: " + strings.Repeat("x", 1<<20), "more than 262144 bytes"},
		"too many parts":                {report(append([]string{status(failed), returned(ours)}, manyParts(7)...)...), "more than 8 parts"},
		"very many parts":               {report(manyParts(5000)...), "more than 8 parts"},
		"too many recipients":           {report(status(many(17)...), returned(ours)), "more than 16 recipients"},
		"no status part":                {report(words("5.1.1"), returned(ours)), "no status"},
		"no recipient":                  {report(status(), returned(ours)), "no status"},
		"a recipient without a status":  {report(status("Action: failed\n"), returned(ours)), "no status"},
		"a recipient without an action": {report(status("Status: 5.1.1\n"), returned(ours)), "no status"},
		"two statuses of one":           {report(status(failed+"Status: 2.0.0\n"), returned(ours)), "no status"},
		"a status that is none":         {report(status(recipient("failed", "550 SENTINELTEXT")), returned(ours)), "no status"},
		"a class that is none":          {report(status(recipient("failed", "3.1.1")), returned(ours)), "no status"},
		"a status of four":              {report(status(recipient("failed", "5.1.1.1")), returned(ours)), "no status"},
		"a status of two":               {report(status(recipient("failed", "5.1")), returned(ours)), "no status"},
		"a long status":                 {report(status(recipient("failed", "5.1.1000")), returned(ours)), "no status"},
		"a status with zeros":           {report(status(recipient("failed", "5.01.1")), returned(ours)), "no status"},
		"digits of another script":      {report(status(recipient("failed", "5.١.1")), returned(ours)), "no status"},
		"control characters":            {report(status(recipient("failed", "5.1.\x1b[31m")), returned(ours)), "no"},
		"final, and yet delayed":        {report(status(recipient("delayed", "5.1.1")), returned(ours)), "no status"},
		"final, and yet delivered":      {report(status(recipient("delivered", "5.1.1")), returned(ours)), "no status"},
		"failed, and yet arrived":       {report(status(recipient("failed", "2.0.0")), returned(ours)), "no status"},
		"a damaged status part":         {report(status("SENTINELTEXT\n"), returned(ours)), "no delivery status notification"},
		"two status parts":              {report(status(failed), status(failed), returned(ours)), "twice"},
		"two mails":                     {report(status(failed), returned(ours), headers(ours)), "twice"},
		"nothing returned":              {report(status(failed)), "returns no mail"},
		"no Message-ID":                 {report(status(failed), "Content-Type: message/rfc822\n\nSubject: SENTINELTEXT\n\nMessage-ID: "+ours+"\n"), "returns no mail"},
		"two Message-IDs":               {report(status(failed), returned(ours+"\nMessage-ID: "+ours)), "returns no mail"},
		"a damaged mail":                {report(status(failed), "Content-Type: message/rfc822\n\nSENTINELTEXT\n"), "no delivery status notification"},
		"a Message-ID of others":        {report(status(failed), returned("<SENTINELTEXT.1@example.org>")), "not one of this installation"},
		"no brackets":                   {report(status(failed), returned(someMail+"@harbor.example")), "not one of this installation"},
		"no domain":                     {report(status(failed), returned("<"+someMail+">")), "not one of this installation"},
		"no name":                       {report(status(failed), returned("<@harbor.example>")), "not one of this installation"},
		"a long name":                   {report(status(failed), returned("<"+strings.Repeat("a", 65)+"@harbor.example>")), "not one of this installation"},
		"a name that is no text":        {report(status(failed), returned("<a\xff@harbor.example>")), "no"},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := mail.ReadNotification(strings.NewReader(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "SENTINELTEXT") || n != (mail.Notification{}) {
				t.Errorf("%+v, %v; want %q", n, err, test.want)
			}
		})
	}
	broken := errors.New("the pipe broke")
	if _, err := mail.ReadNotification(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("a pipe that broke: %v", err)
	}
}

// FuzzNotification: whatever comes, what is taken from it is a code and a name of
// ours, and what is said of it holds none of it.
func FuzzNotification(f *testing.F) {
	f.Add(report(words("sorry"), status(failed), returned(ours)))
	f.Add(report(status(recipient("delayed", "4.4.1"), failed), headers(ours)))
	f.Add(strings.ReplaceAll(report(status(failed), returned(ours)), "\n", "\r\n"))
	f.Add("Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n--b--")
	code, name := regexp.MustCompile(`^[245]\.[0-9]{1,3}\.[0-9]{1,3}$`), regexp.MustCompile(`^[0-9a-z]{1,64}$`)
	texts := regexp.MustCompile(`^mail: (this is no delivery status notification \(RFC 3464\) that can be read|the notification has [a-zA-Z0-9 .()]+|` +
		`the notification returns no mail with one Message-ID|the mail that the notification returns is not one of this installation, or is older than 90 days)$`)
	f.Fuzz(func(t *testing.T, text string) {
		n, err := mail.ReadNotification(strings.NewReader(text))
		switch {
		case err != nil && (!texts.MatchString(err.Error()) || n != (mail.Notification{})):
			t.Fatalf("%+v, %v", n, err)
		case err == nil && (!code.MatchString(n.Status) || !name.MatchString(n.Mail)):
			t.Fatalf("%+v", n)
		}
	})
}

// note reads a notification and notes it, as the command does.
func (w *world) note(text string) (mail.Noted, error) {
	w.t.Helper()
	n, err := mail.ReadNotification(strings.NewReader(text))
	if err != nil {
		return mail.Noted{}, err
	}
	return (&mail.Bounces{Store: w.store}).Note(w.t.Context(), n, audit.Actor{Type: "operator", ID: "command-line"})
}

func (w *world) noted(text string, want mail.Noted) {
	w.t.Helper()
	if done, err := w.note(text); err != nil || done != want {
		w.t.Errorf("%+v, %v; want %+v", done, err, want)
	}
}

// events are the audit events of a kind, as they are written.
func (w *world) events(kind audit.Kind) (found []string) {
	w.t.Helper()
	if err := w.store.View(w.t.Context(), func(tx storage.Tx) error {
		pending, err := tx.Audit().Pending(w.t.Context(), 1000)
		for _, e := range pending {
			if e.Kind == string(kind) {
				found = append(found, string(e.Body))
			}
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return found
}

// TestAMailComesBack: a relay took the mail over, and returns later what it got.
func TestAMailComesBack(t *testing.T) {
	w := newWorld(t, nil)
	w.link()
	early := report(status(failed), returned("<"+w.parcels()[0].ID+"@harbor.example>"))
	w.noted(early, mail.Noted{State: storage.ParcelPending})
	w.deliver(0)
	w.state(storage.ParcelSent, 250, 1)
	back := "Content-Type: message/rfc822\n\n" + w.relay.got()[0]

	w.noted(report(status(recipient("delayed", "4.4.1")), back), mail.Noted{State: storage.ParcelSent})
	w.noted(report(status(recipient("delivered", "2.0.0")), back), mail.Noted{State: storage.ParcelSent})
	w.state(storage.ParcelSent, 250, 1)
	if got := w.events(audit.MailBounced); len(got) != 0 {
		t.Errorf("nothing was final, and the log has %q", got)
	}

	w.noted(report(status(failed), back), mail.Noted{Changed: true, State: storage.ParcelBounced})
	w.state(storage.ParcelBounced, 0, 1)
	w.noted(report(status(recipient("failed", "5.2.2")), back), mail.Noted{State: storage.ParcelBounced})
	p := w.parcels()[0]
	if p.LastAnswer != "it came back: 5.1.1" {
		t.Errorf("the answer is %q", p.LastAnswer)
	}
	got := w.events(audit.MailBounced)
	if len(got) != 1 || !strings.Contains(got[0], `"status":"5.1.1"`) || !strings.Contains(got[0], `"mail":"`+p.ID+`"`) || !strings.Contains(got[0], `"subject":"p"`) ||
		strings.Contains(got[0], "SENTINEL") || strings.Contains(got[0], "example.org") {
		t.Errorf("the log has %q", got)
	}

	if _, err := w.note(report(status(failed), returned(ours))); !errors.Is(err, mail.ErrUnknown) {
		t.Errorf("a mail that never was: %v", err)
	}
	if strings.Contains(w.log.String(), "SENTINEL") {
		t.Errorf("the log has the text:\n%s", &w.log)
	}
}

// TestOnlyMailsComeBack: a call to a webhook, whose ID its receiver knows, is none.
func TestOnlyMailsComeBack(t *testing.T) {
	w := newWorld(t, nil)
	var id string
	if err := w.store.Tx(t.Context(), func(tx storage.Tx) error {
		if err := w.post.Box.Put(t.Context(), tx, outbox.Letter{Carrier: "webhook", Kind: "k", To: "x", ValidFor: 1e9}); err != nil {
			return err
		}
		all, err := tx.Outbox().List(t.Context(), storage.ParcelFilter{Carrier: "webhook"}, "", 1)
		id = all[0].ID
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.note(report(status(failed), returned("<"+id+"@harbor.example>"))); !errors.Is(err, mail.ErrUnknown) {
		t.Errorf("a call to a webhook: %v", err)
	}
}
