package mail_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// relay is an SMTP server that speaks TLS, and misbehaves as it is told.
type relay struct {
	t      *testing.T
	port   int
	roots  *x509.CertPool
	tls    *tls.Config
	server *smtp.Server

	mu sync.Mutex // guards what follows
	// rcpt and data are what it answers next; drop closes the connection in the
	// middle of the data, lose after all of it was taken over.
	rcpt, data error
	drop, lose bool
	hang       chan struct{}
	encrypted  []bool
	users      []string
	mails      []string
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "relay"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{t: t, roots: x509.NewCertPool()}
	r.roots.AddCert(leaf)
	r.tls = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	r.start(0)
	t.Cleanup(func() { _ = r.server.Close() })
	return r
}

// start serves, on a given port when it is not 0.
func (r *relay) start(port int) {
	r.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{r: r, c: c}, nil }))
	r.server.Domain, r.server.ErrorLog, r.server.TLSConfig = "localhost", quiet{}, r.tls
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		r.t.Fatal(err)
	}
	r.port = l.Addr().(*net.TCPAddr).Port
	go func() { _ = r.server.Serve(l) }()
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

type session struct {
	r *relay
	c *smtp.Conn
}

func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) AuthMechanisms() []string             { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "open sesame" {
			return errors.New("no")
		}
		s.r.mu.Lock()
		defer s.r.mu.Unlock()
		s.r.users = append(s.r.users, user)
		return nil
	}), nil
}

func (s *session) Rcpt(string, *smtp.RcptOptions) error {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	return s.r.rcpt
}

func (s *session) Data(in io.Reader) error {
	s.r.mu.Lock()
	answer, drop, lose, hang := s.r.data, s.r.drop, s.r.lose, s.r.hang
	s.r.mu.Unlock()
	if hang != nil {
		<-hang
		return errors.New("too late")
	}
	if drop {
		_ = s.c.Conn().Close()
		return errors.New("gone")
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	if answer != nil {
		return answer
	}
	_, encrypted := s.c.TLSConnectionState()
	s.r.mu.Lock()
	s.r.mails, s.r.encrypted = append(s.r.mails, string(text)), append(s.r.encrypted, encrypted)
	s.r.mu.Unlock()
	if lose {
		_ = s.c.Conn().Close()
	}
	return nil
}

func (r *relay) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

func (r *relay) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.mails...)
}

// world is an outbox, and a worker with its relay.
type world struct {
	t      *testing.T
	now    time.Time
	store  storage.Store
	post   *mail.Post
	worker *outbox.Worker
	relay  *relay
	log    bytes.Buffer
}

func newWorld(t *testing.T, change func(*mail.Relay)) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), relay: newRelay(t)}
	clock := func() time.Time { return w.now }
	log := slog.New(slog.NewTextHandler(&w.log, nil))
	store, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "d.db"), Key: make([]byte, 32), Now: clock, Log: log, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	keys, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	to := mail.Relay{Host: "localhost", Port: w.relay.port, From: "id@harbor.example", Roots: w.relay.roots}
	if change != nil {
		change(&to)
	}
	templates, err := mail.NewTemplates(mail.Letterhead{Organization: "Harbor Health Plan\r\nBcc: x@example.org", SignIn: "https://id.harbor.example", Language: "en", Help: func(string) string { return "Call 555-0100." }})
	if err != nil {
		t.Fatal(err)
	}
	carrier, err := mail.NewSMTP(to, templates)
	if err != nil {
		t.Fatal(err)
	}
	box := outbox.Box{Keys: keys}
	w.store, w.post = store, &mail.Post{Box: box}
	w.worker = &outbox.Worker{Box: box, Store: store, Carriers: map[string]outbox.Carrier{mail.Carrier: carrier}, Now: clock, Log: log}
	return w
}

const (
	address = "jane@example.org"
	link    = "https://id.harbor.example/recover?link=SENTINELSECRET"
)

func (w *world) send(m mail.Message) {
	w.t.Helper()
	if err := w.store.Tx(w.t.Context(), func(tx storage.Tx) error {
		return w.post.Send(w.t.Context(), tx, mail.To{PersonID: "p", Address: address}, m, time.Hour)
	}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) link() {
	w.t.Helper()
	w.send(mail.RecoveryLink{Link: link, Until: w.now.Add(30 * time.Minute)})
}

// deliver is one turn of a worker, some time later.
func (w *world) deliver(after time.Duration) {
	w.t.Helper()
	w.now = w.now.Add(after)
	if err := w.worker.Deliver(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) parcels() []storage.Parcel {
	w.t.Helper()
	var all []storage.Parcel
	if err := w.store.View(w.t.Context(), func(tx storage.Tx) (err error) {
		all, err = tx.Outbox().List(w.t.Context(), storage.ParcelFilter{Carrier: mail.Carrier}, "", 100)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *world) state(want storage.ParcelState, status, attempts int64) {
	w.t.Helper()
	p := w.parcels()[0]
	if p.State != want || p.LastStatus != status || p.Attempts != attempts {
		w.t.Errorf("the mail is %s after %d tries with status %d (%s), want %s, %d, %d", p.State, p.Attempts, p.LastStatus, p.LastAnswer, want, attempts, status)
	}
	if kept := len(p.Content) > 0; kept != (want == storage.ParcelPending) {
		w.t.Errorf("the content of a mail that is %s is kept: %v", p.State, kept)
	}
}

// TestAMailArrives: over TLS, signed in, as text and HTML, with headers that say
// what it is, and its content is gone afterwards.
func TestAMailArrives(t *testing.T) {
	w := newWorld(t, func(r *mail.Relay) { r.User, r.Password = "claviger", "open sesame" })
	w.link()
	if p := w.parcels()[0]; bytes.Contains(p.Content, []byte("SENTINEL")) || bytes.Contains(p.Address, []byte("jane")) {
		t.Error("the outbox shows what it holds")
	}
	w.deliver(0)
	w.state(storage.ParcelSent, 250, 1)
	got := w.relay.got()
	if len(got) != 1 || !w.relay.encrypted[0] || w.relay.users[0] != "claviger" {
		t.Fatalf("%d mails, encrypted %v, users %v", len(got), w.relay.encrypted, w.relay.users)
	}
	m, err := netmail.ReadMessage(strings.NewReader(got[0]))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"To": "<jane@example.org>", "Subject": "Choose a new password", "Auto-Submitted": "auto-generated", "Bcc": "", "Content-Language": "en",
	} {
		if m.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, m.Header.Get(name), want)
		}
	}
	if !strings.Contains(m.Header.Get("From"), "<id@harbor.example>") {
		t.Errorf("From is %q", m.Header.Get("From"))
	}
	_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for parts := multipart.NewReader(m.Body, parameters["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		kinds = append(kinds, kind)
		if !strings.Contains(string(text), link) {
			t.Errorf("the %s part has no link:\n%s", kind, text)
		}
	}
	if strings.Join(kinds, " ") != "text/plain text/html" {
		t.Errorf("parts %v", kinds)
	}
	if strings.Contains(w.log.String(), "SENTINEL") || strings.Contains(w.log.String(), "jane") {
		t.Error("the log shows what was mailed, or to whom")
	}
	w.deliver(time.Hour)
	if len(w.relay.got()) != 1 {
		t.Error("the mail left twice")
	}
}

// TestWhatRelaysAnswer walks the replies.
func TestWhatRelaysAnswer(t *testing.T) {
	full := &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "full " + address}
	unknown := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no " + address}
	for name, test := range map[string]struct {
		set    func(*relay)
		state  storage.ParcelState
		status int64
		mails  int // after the relay behaves again
	}{
		"recipient later":   {func(r *relay) { r.rcpt = full }, storage.ParcelPending, 452, 1},
		"recipient unknown": {func(r *relay) { r.rcpt = unknown }, storage.ParcelBounced, 550, 0},
		"mail later":        {func(r *relay) { r.data = full }, storage.ParcelPending, 452, 1},
		"mail refused":      {func(r *relay) { r.data = unknown }, storage.ParcelBounced, 550, 0},
		"dropped":           {func(r *relay) { r.drop = true }, storage.ParcelPending, 0, 1},
		// It cannot be known that it arrived: it comes again, as the same one.
		"reply lost": {func(r *relay) { r.lose = true }, storage.ParcelPending, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.relay.set(func() { test.set(w.relay) })
			w.link()
			w.deliver(0)
			w.state(test.state, test.status, 1)
			if strings.Contains(w.log.String(), "jane") || strings.Contains(w.parcels()[0].LastAnswer, "jane") {
				t.Error("the address shows")
			}
			w.relay.set(func() { w.relay.rcpt, w.relay.data, w.relay.drop, w.relay.lose = nil, nil, false, false })
			w.deliver(time.Second)
			w.deliver(9 * time.Second)
			got := w.relay.got()
			if len(got) != test.mails {
				t.Errorf("%d mails arrived, want %d", len(got), test.mails)
			}
			if len(got) == 2 && messageID(t, got[0]) != messageID(t, got[1]) {
				t.Error("the same mail has two names")
			}
			if test.mails > 0 {
				w.state(storage.ParcelSent, 250, 2)
			}
		})
	}
}

func messageID(t *testing.T, text string) string {
	m, err := netmail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header.Get("Message-ID")
}

// TestARelayThatWasDown: nothing is lost, pauses grow, and what is of no use any
// more is given up.
func TestARelayThatWasDown(t *testing.T) {
	w := newWorld(t, nil)
	if err := w.relay.server.Close(); err != nil {
		t.Fatal(err)
	}
	w.link()
	w.deliver(0)
	w.state(storage.ParcelPending, 0, 1)
	for _, pause := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second} {
		n := w.parcels()[0].Attempts
		w.deliver(pause - time.Second)
		w.state(storage.ParcelPending, 0, n)
		w.deliver(time.Second)
		w.state(storage.ParcelPending, 0, n+1)
	}
	w.relay.start(w.relay.port)
	w.deliver(80 * time.Second)
	w.state(storage.ParcelSent, 250, 5)
	if len(w.relay.got()) != 1 {
		t.Errorf("%d mails arrived", len(w.relay.got()))
	}
}

// TestTooLate: what is of no use any more is given up, and seen by the operator.
func TestTooLate(t *testing.T) {
	w := newWorld(t, nil)
	w.relay.set(func() { w.relay.rcpt = &smtp.SMTPError{Code: 451} })
	w.link()
	for range 12 {
		w.deliver(10 * time.Minute)
	}
	if p := w.parcels()[0]; p.State != storage.ParcelGaveUp || len(p.Content) > 0 {
		t.Errorf("after its time the mail is %s", p.State)
	}
	var body string
	if err := w.store.View(t.Context(), func(tx storage.Tx) error {
		events, err := tx.Audit().Pending(t.Context(), 10)
		for _, e := range events {
			body += string(e.Body)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(body, `"kind":"mail.undelivered"`) || strings.Contains(body, "SENTINEL") || strings.Contains(body, "jane") {
		t.Errorf("the audit log: %s", body)
	}
}

// TestARelayThatHangs: no try outlives its time.
func TestARelayThatHangs(t *testing.T) {
	w := newWorld(t, func(r *mail.Relay) { r.Patience = 300 * time.Millisecond })
	w.relay.set(func() { w.relay.hang = make(chan struct{}) })
	defer close(w.relay.hang)
	w.link()
	w.deliver(0)
	w.state(storage.ParcelPending, 0, 1)
}

// TestAKilledWorker: what a worker took and never settled is delivered once its
// lease is over, by another one.
func TestAKilledWorker(t *testing.T) {
	w := newWorld(t, nil)
	w.link()
	if err := w.store.Tx(t.Context(), func(tx storage.Tx) error {
		claimed, err := tx.Outbox().Claim(t.Context(), mail.Carrier, w.now, w.now.Add(2*time.Minute), 10)
		if len(claimed) != 1 {
			t.Errorf("%d parcels were claimed", len(claimed))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	w.deliver(2*time.Minute - time.Second)
	if len(w.relay.got()) != 0 {
		t.Error("two workers had the mail")
	}
	w.deliver(time.Second)
	if len(w.relay.got()) != 1 {
		t.Error("the mail is lost")
	}
}

// TestManyWorkersSendOnce: several replicas, one mail each.
func TestManyWorkersSendOnce(t *testing.T) {
	w := newWorld(t, nil)
	for range 8 {
		w.link()
	}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if err := w.worker.Deliver(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(w.relay.got()); n != 8 {
		t.Errorf("%d mails for 8", n)
	}
}

// TestNoTLSNoMail: a certificate that is not trusted, and a relay without TLS, get
// nothing.
func TestNoTLSNoMail(t *testing.T) {
	t.Run("not trusted", func(t *testing.T) {
		w := newWorld(t, func(r *mail.Relay) { r.Roots = x509.NewCertPool() })
		w.link()
		w.deliver(0)
		w.state(storage.ParcelPending, 0, 1)
		if p := w.parcels()[0]; !strings.Contains(p.LastAnswer, "certificate") || len(w.relay.got()) > 0 {
			t.Errorf("%q, %d mails", p.LastAnswer, len(w.relay.got()))
		}
	})
	t.Run("no STARTTLS", func(t *testing.T) {
		w := newWorld(t, nil)
		w.relay.server.TLSConfig = nil
		w.link()
		w.deliver(0)
		w.state(storage.ParcelPending, 0, 1)
		if len(w.relay.got()) > 0 {
			t.Error("the mail left without TLS")
		}
	})
	t.Run("no STARTTLS, and that is wanted", func(t *testing.T) {
		w := newWorld(t, func(r *mail.Relay) { r.InsecurePlaintext = true })
		w.link()
		w.deliver(0)
		w.state(storage.ParcelSent, 250, 1)
	})
}

// TestOnlySoManyToOneAddress: the eleventh within an hour waits.
func TestOnlySoManyToOneAddress(t *testing.T) {
	w := newWorld(t, nil)
	for range 12 {
		w.link()
	}
	w.deliver(0)
	if n := len(w.relay.got()); n != 10 {
		t.Errorf("%d mails at once, want 10", n)
	}
	w.deliver(6 * time.Minute)
	if n := len(w.relay.got()); n != 11 {
		t.Errorf("%d mails after six minutes, want 11", n)
	}
}

// TestNobodyIsFrightened: of stolen passwords speaks only the mail about one.
func TestNobodyIsFrightened(t *testing.T) {
	w := newWorld(t, nil)
	w.send(mail.PasswordForced{When: w.now})
	w.send(mail.PasswordCompromised{When: w.now})
	w.deliver(0)
	got := w.relay.got()
	if len(got) != 2 {
		t.Fatalf("%d mails", len(got))
	}
	for _, text := range got {
		if wanted, stolen := strings.Contains(text, "your organization wants"), strings.Contains(text, "stolen"); wanted == stolen {
			t.Errorf("what the organization wants, and what was stolen, is one: %s", text)
		}
	}
}
