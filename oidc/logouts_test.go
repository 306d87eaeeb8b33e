package oidc_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// listener is the logout endpoint of an application.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	tokens []string
	status int
}

func newListener(t *testing.T) *listener {
	l := &listener{status: http.StatusOK}
	l.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.tokens = append(l.tokens, r.PostFormValue("logout_token"))
		rw.WriteHeader(l.status)
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.tokens...)
}

func (l *listener) answer(status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status = status
}

func (l *listener) client(id string) storage.Client {
	return storage.Client{
		ID: id, AuthMethod: "none", RedirectURIs: []string{callback}, GrantTypes: []string{"authorization_code", "refresh_token"},
		BackchannelLogoutURI: l.URL, PostLogoutRedirectURIs: []string{goodbye},
	}
}

func (w *world) ledger(sessionID any) []storage.Logout {
	w.t.Helper()
	var all []storage.Logout
	if err := w.Store.View(context.Background(), func(tx storage.Tx) (err error) {
		all, err = tx.Logouts().BySession(context.Background(), sessionID.(string))
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return all
}

func TestBackChannelLogout(t *testing.T) { onEveryStore(t, testBackChannelLogout) }

func testBackChannelLogout(t *testing.T, w *world) {
	b := w.browser()
	one, two := newListener(t), newListener(t)
	register(t, w, one.client("one"))
	second := two.client("two")
	second.SubjectType, second.IDTokenAlg = "pairwise", "RS256"
	register(t, w, second)
	out := b.tokens("one")
	id, _ := w.claimsOf(out["id_token"])
	known, _ := w.claimsOf(b.tokens("two")["id_token"])
	b.tokens("portal") // has no address to tell

	hint, _ := out["id_token"].(string)
	a := b.get("/end-session?" + url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {goodbye}, "state": {"s"}}.Encode())
	if to := a.location(t); to.Host != "rp.example" || to.Query().Get("state") != "s" {
		t.Fatalf("went to %s", to)
	}
	for who, tc := range map[*listener]struct{ client, sub, alg any }{one: {"one", id["sub"], "ES256"}, two: {"two", known["sub"], "RS256"}} {
		heard := who.heard()
		if len(heard) != 1 {
			t.Fatalf("%s heard %d times", tc.client, len(heard))
		}
		claims, head := w.claimsOf(heard[0])
		events, _ := claims["events"].(map[string]any)
		event, ok := events["http://schemas.openid.net/event/backchannel-logout"].(map[string]any)
		if head["typ"] != "logout+jwt" || head["alg"] != tc.alg || claims["iss"] != w.Issuer || claims["aud"] != tc.client || claims["sub"] != tc.sub ||
			claims["sid"] != id["sid"] || claims["jti"] == nil || claims["nonce"] != nil || !ok || len(event) != 0 || len(events) != 1 ||
			claims["exp"].(float64)-claims["iat"].(float64) > 120 {
			t.Errorf("%v %v", head, claims)
		}
	}
	all := w.ledger(id["sid"])
	if len(all) != 2 || all[0].State != storage.LogoutDelivered || all[0].LastStatus != 200 || all[0].Reason != "logout" || w.count("logout.delivered") != 2 {
		t.Errorf("%+v", all)
	}
	// Nothing is told twice.
	if err := w.Logouts.Deliver(t.Context()); err != nil || len(one.heard()) != 1 {
		t.Errorf("told again: %v", err)
	}
}

// TestLogoutIsToldUntilItIsHeard: whatever ends a session; an application that
// is down hears of it when it is back, with a token of that moment.
func TestLogoutIsToldUntilItIsHeard(t *testing.T) { onEveryStore(t, testLogoutIsToldUntilItIsHeard) }

func testLogoutIsToldUntilItIsHeard(t *testing.T, w *world) {
	down, dead := newListener(t), newListener(t)
	down.answer(http.StatusServiceUnavailable)
	register(t, w, down.client("down"))
	register(t, w, dead.client("dead"))
	dead.Close()
	b := w.browser()
	id, _ := w.claimsOf(b.tokens("down")["id_token"])
	b.tokens("dead")
	if err := w.Sessions.EndByPerson(context.Background(), w.person.ID, session.ReasonOperator); err != nil {
		t.Fatal(err)
	}
	deliver := func() {
		t.Helper()
		if err := w.Logouts.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	deliver()
	deliver() // not due yet
	if n := len(down.heard()); n != 1 {
		t.Errorf("asked %d times", n)
	}
	for _, l := range w.ledger(id["sid"]) {
		if l.State != storage.LogoutPending || l.Attempts != 1 {
			t.Errorf("%+v", l)
		}
	}
	down.answer(http.StatusNoContent)
	w.clock.add(5 * time.Second)
	deliver()
	heard := down.heard()
	first, _ := w.claimsOf(heard[0])
	last, _ := w.claimsOf(heard[len(heard)-1])
	if len(heard) != 2 || first["jti"] == last["jti"] || last["iat"].(float64)-first["iat"].(float64) != 5 {
		t.Errorf("%v %v", first, last)
	}
	// Who never answers is given up after a day.
	tries := 0
	for range 60 {
		w.clock.add(time.Hour)
		deliver()
		tries++
		if l := ledgerOf(w, id["sid"], "dead"); l.State != storage.LogoutPending {
			break
		}
	}
	l := ledgerOf(w, id["sid"], "dead")
	if l.State != storage.LogoutGaveUp || tries < 23 || tries > 25 || w.count("logout.abandoned") != 1 {
		t.Errorf("after %d hours: %+v", tries, l)
	}
}

func ledgerOf(w *world, sessionID any, clientID string) storage.Logout {
	for _, l := range w.ledger(sessionID) {
		if l.ClientID == clientID {
			return l
		}
	}
	return storage.Logout{}
}

// TestLogoutRefused: status 400 is an answer, and not asked about again.
func TestLogoutRefused(t *testing.T) { onEveryStore(t, testLogoutRefused) }

func testLogoutRefused(t *testing.T, w *world) {
	l := newListener(t)
	l.answer(http.StatusBadRequest)
	register(t, w, l.client("strict"))
	b := w.browser()
	id, _ := w.claimsOf(b.tokens("strict")["id_token"])
	if err := w.Sessions.EndByPerson(context.Background(), w.person.ID, session.ReasonIdle); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := w.Logouts.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.clock.add(time.Hour)
	}
	if got := ledgerOf(w, id["sid"], "strict"); got.State != storage.LogoutRefused || len(l.heard()) != 1 {
		t.Errorf("%+v, asked %d times", got, len(l.heard()))
	}
}

// TestSignOutDoesNotWaitForTheSlow: an application that hangs keeps nobody.
func TestSignOutDoesNotWaitForTheSlow(t *testing.T) {
	onEveryStore(t, testSignOutDoesNotWaitForTheSlow)
}

func testSignOutDoesNotWaitForTheSlow(t *testing.T, w *world) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	defer close(release)
	l := &listener{Server: s}
	register(t, w, l.client("slow"))
	b := w.browser()
	hint, _ := b.tokens("slow")["id_token"].(string)
	began := time.Now()
	a := b.get("/end-session?" + url.Values{"id_token_hint": {hint}}.Encode())
	if !strings.HasSuffix(a.location(t).Path, "/signed-out") {
		t.Errorf("%d %v", a.status, a.header)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
	id, _ := w.claimsOf(hint)
	if got := ledgerOf(w, id["sid"], "slow"); got.State != storage.LogoutPending {
		t.Errorf("%+v", got)
	}
}
