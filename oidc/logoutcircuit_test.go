package oidc_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// TestLogoutAnswers: what the ledger says of each way to answer, or not to.
func TestLogoutAnswers(t *testing.T) { onEveryStore(t, testLogoutAnswers) }

func testLogoutAnswers(t *testing.T, w *world) {
	release := make(chan struct{})
	status := func(n int) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(n) })
	}
	serve := func(h http.Handler) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	gone := httptest.NewServer(status(200))
	gone.Close()
	untrusted := httptest.NewUnstartedServer(status(200))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	defer close(release) // before the servers end, which wait for it
	plain := serve(status(200))
	for id, tc := range map[string]struct {
		address string
		state   storage.LogoutState
		status  int64
		answer  string
	}{
		"fine":      {serve(status(204)), storage.LogoutDelivered, 204, "confirmed"},
		"refuses":   {serve(status(400)), storage.LogoutRefused, 400, "the application refused the token"},
		"forbids":   {serve(status(403)), storage.LogoutPending, 403, "status 403"},
		"moved":     {serve(http.RedirectHandler(plain, http.StatusTemporaryRedirect)), storage.LogoutPending, 307, "status 307"},
		"broken":    {serve(status(500)), storage.LogoutPending, 500, "status 500"},
		"busy":      {serve(status(503)), storage.LogoutPending, 503, "status 503"},
		"closes":    {serve(http.HandlerFunc(closes)), storage.LogoutPending, 0, "no answer: the connection was closed"},
		"gone":      {gone.URL, storage.LogoutPending, 0, "no answer: the connection was refused"},
		"untrusted": {untrusted.URL, storage.LogoutPending, 0, "no answer: the TLS certificate is not trusted"},
		"no TLS":    {"https" + plain[len("http"):], storage.LogoutPending, 0, "no answer: TLS failed"},
		"forbidden": {"https://[::1]:1/", storage.LogoutPending, 0, "no answer: the address is not a public https one, and in no network of outbound.allow"},
		"not https": {"http://192.0.2.1/", storage.LogoutPending, 0, "no answer: the address is not a public https one, and in no network of outbound.allow"},
		"hangs": {serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-release
		})), storage.LogoutPending, 0, "no answer: timeout"},
	} {
		l := &listener{Server: &httptest.Server{URL: tc.address}}
		register(t, w, l.client(id))
		enrol(t, w, "s-"+id, id, 1)
		defer func() {
			got := ledgerOf(w, "s-"+id+"-0", id)
			if got.State != tc.state || got.LastStatus != tc.status || got.LastAnswer != tc.answer || got.Attempts != 1 {
				t.Errorf("%s: %s %d %q after %d", id, got.State, got.LastStatus, got.LastAnswer, got.Attempts)
			}
		}()
	}
	if err := w.Logouts.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func closes(rw http.ResponseWriter, _ *http.Request) {
	c, _, err := rw.(http.Hijacker).Hijack()
	if err == nil {
		_ = c.(*net.TCPConn).CloseWrite()
		_ = c.Close()
	}
}

// enrol writes down that sessions have ended in which a client took part.
func enrol(t *testing.T, w *world, prefix, clientID string, n int) {
	t.Helper()
	for i := range n {
		if err := w.Store.Tx(t.Context(), func(tx storage.Tx) error {
			return w.Logouts.Enroll(t.Context(), tx, storage.Session{
				ID: prefix + "-" + string(rune('0'+i)), PersonID: w.person.ID, Subject: w.person.Subject, Clients: []string{clientID},
			}, string(session.ReasonIdle))
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDeadApplicationWaitsAlone: after failures in a row one that does not answer
// is asked with one line at a time, and the others do not notice; when it is
// back, it gets all that waited.
func TestDeadApplicationWaitsAlone(t *testing.T) { onEveryStore(t, testDeadApplicationWaitsAlone) }

func testDeadApplicationWaitsAlone(t *testing.T, w *world) {
	dead, fine := newListener(t), newListener(t)
	dead.answer(http.StatusBadGateway)
	register(t, w, dead.client("dead"))
	register(t, w, fine.client("fine"))
	enrol(t, w, "a", "dead", 50)
	enrol(t, w, "b", "fine", 3)
	deliver := func() {
		t.Helper()
		if err := w.Logouts.Deliver(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	deliver()
	// Three failures, and what was under way beside the third.
	asked := len(dead.heard())
	if asked < 3 || asked > 6 || len(fine.heard()) != 3 {
		t.Fatalf("the dead was asked %d times, the other %d", asked, len(fine.heard()))
	}
	deliver()
	if n := len(dead.heard()); n != asked {
		t.Errorf("asked %d times more while its circuit is open", n-asked)
	}
	enrol(t, w, "c", "fine", 1)
	w.clock.add(time.Minute)
	deliver()
	if n := len(dead.heard()); n != asked+1 || len(fine.heard()) != 4 {
		t.Errorf("probed %d times; the other has %d", n-asked, len(fine.heard()))
	}
	dead.answer(http.StatusOK)
	for range 3 {
		w.clock.add(time.Minute)
		deliver()
	}
	for i := range 50 {
		if l := ledgerOf(w, "a-"+string(rune('0'+i)), "dead"); l.State != storage.LogoutDelivered {
			t.Errorf("%+v", l)
		}
	}
	// What waits behind an open circuit for a day is given up too, all of it.
	dead.answer(http.StatusBadGateway)
	enrol(t, w, "d", "dead", 40)
	deliver()
	w.clock.add(24 * time.Hour)
	if err := w.Logouts.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.count("logout.abandoned"); n != 40 {
		t.Errorf("%d are given up", n)
	}
	for i := range 40 {
		if l := ledgerOf(w, "d-"+string(rune('0'+i)), "dead"); l.State != storage.LogoutGaveUp {
			t.Errorf("%+v", l)
		}
	}
}

// TestOneApplicationIsNotFlooded: however much there is to tell, no application
// gets more than four tokens at a time.
func TestOneApplicationIsNotFlooded(t *testing.T) { onEveryStore(t, testOneApplicationIsNotFlooded) }

func testOneApplicationIsNotFlooded(t *testing.T, w *world) {
	full, heard := make(chan struct{}, 4), make(chan bool, 100)
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		select {
		case full <- struct{}{}:
			time.Sleep(5 * time.Millisecond) // so that others come meanwhile
			<-full
			heard <- true
		default:
			rw.WriteHeader(http.StatusBadRequest)
			heard <- false
		}
	}))
	t.Cleanup(s.Close)
	register(t, w, (&listener{Server: s}).client("busy"))
	enrol(t, w, "e", "busy", 40)
	if err := w.Logouts.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(heard) != 40 {
		t.Errorf("told %d times", len(heard))
	}
	for range len(heard) {
		if !<-heard {
			t.Fatal("more than four at a time")
		}
	}
}
