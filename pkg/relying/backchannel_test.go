package relying_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/relying"
)

// told sends a logout token to the application and returns the status.
func told(a *application, token string) int {
	r := httptest.NewRequest(http.MethodPost, "/backchannel", strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	a.BackchannelLogout(w, r)
	return w.Code
}

// logoutClaims are those of a good token, changed.
func (o *op) logoutClaims(change map[string]any) map[string]any {
	now := o.clock.Now().Unix()
	claims := map[string]any{
		"iss": o.issuer(), "aud": "app", "iat": now, "exp": now + 120, "jti": "j", "sub": "sub-1", "sid": "sid-1",
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	for name, value := range change {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
	}
	return claims
}

func TestBackchannelLogout(t *testing.T) {
	for name, change := range map[string]map[string]any{
		"by session": nil, "by session alone": {"sub": nil}, "by subject alone": {"sid": nil}, "several audiences": {"aud": []string{"x", "app"}},
	} {
		o := newOP(t)
		o.with(func(o *op) { o.idClaims = map[string]any{"sid": "sid-1"} })
		a := newApplication(t, o)
		b := browser(t)
		get(t, b, a.server.URL+"/page")
		if status := told(a, o.signing.sign(t, "logout+jwt", o.logoutClaims(change))); status != http.StatusOK {
			t.Errorf("%s: status %d", name, status)
		}
		if _, ok := a.Session(sessionRequest(t, a, b)); ok {
			t.Errorf("%s: still signed in", name)
		}
	}
}

// TestBackAfterAPartEnded: the provider may end the part of an application in a sign-in
// that goes on. Who comes back to it is let in, even within the second of the end, which
// times in tokens cannot tell from what was before it.
func TestBackAfterAPartEnded(t *testing.T) {
	o := newOP(t)
	o.with(func(o *op) { o.idClaims = map[string]any{"sid": "sid-1"} })
	a := newApplication(t, o)
	b := browser(t)
	get(t, b, a.server.URL+"/page")
	end := func() {
		if status := told(a, o.signing.sign(t, "logout+jwt", o.logoutClaims(map[string]any{"sub": nil}))); status != http.StatusOK {
			t.Errorf("status %d", status)
		}
	}
	end()
	if _, ok := a.Session(sessionRequest(t, a, b)); ok {
		t.Error("the end did not end it")
	}
	get(t, b, a.server.URL+"/page")
	if _, ok := a.Session(sessionRequest(t, a, b)); !ok {
		t.Error("who came back is not let in")
	}
}

// A sign-in whose end is told while its code is being redeemed begins nothing, and
// the next attempt, which the provider answers anew, succeeds.
func TestEndWhileTheCodeIsRedeemed(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	asked := 0
	o.with(func(o *op) {
		o.idClaims = map[string]any{"sid": "sid-1"}
		o.meanwhile = func() {
			asked++
			if status := told(a, o.signing.sign(t, "logout+jwt", o.logoutClaims(nil))); status != http.StatusOK {
				t.Errorf("status %d", status)
			}
		}
	})
	b := browser(t)
	b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/page" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	for attempt, want := range []bool{false, true} {
		res, err := b.Get(a.server.URL + "/page")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if _, ok := a.Session(sessionRequest(t, a, b)); ok != want {
			t.Errorf("attempt %d: signed in %v, want %v", attempt, ok, want)
		}
	}
	if asked != 1 {
		t.Errorf("it ended %d times", asked)
	}
}

func TestBackchannelLogoutOfSomebodyElse(t *testing.T) {
	o := newOP(t)
	o.with(func(o *op) { o.idClaims = map[string]any{"sid": "sid-2"} })
	a := newApplication(t, o)
	b := browser(t)
	get(t, b, a.server.URL+"/page")
	if status := told(a, o.signing.sign(t, "logout+jwt", o.logoutClaims(nil))); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	if _, ok := a.Session(sessionRequest(t, a, b)); !ok {
		t.Error("the end of another session of the same person signed out")
	}
}

// OpenID Connect Back-Channel Logout 1.0 section 2.6.
func TestBackchannelLogoutRefuses(t *testing.T) {
	o := newOP(t)
	o.with(func(o *op) { o.idClaims = map[string]any{"sid": "sid-1"} })
	a := newApplication(t, o)
	b := browser(t)
	get(t, b, a.server.URL+"/page")
	now := o.clock.Now().Unix()
	for name, token := range map[string]string{
		"another issuer":    o.signing.sign(t, "logout+jwt", o.logoutClaims(map[string]any{"iss": "https://evil.example"})),
		"another audience":  o.signing.sign(t, "logout+jwt", o.logoutClaims(map[string]any{"aud": "x"})),
		"expired":           o.signing.sign(t, "logout+jwt", o.logoutClaims(map[string]any{"exp": now - 31})),
		"without an end":    o.signing.sign(t, "logout+jwt", o.logoutClaims(map[string]any{"exp": nil})),
		"not yet issued":    o.signing.sign(t, "logout+jwt", o.logoutClaims(map[string]any{"iat": now + 60})),
		"about nobody":      o.signing.sign(t, "logout+jwt", o.logoutClaims(map[string]any{"sub": nil, "sid": nil})),
		"another event":     o.signing.sign(t, "logout+jwt", o.logoutClaims(map[string]any{"events": map[string]any{"x": map[string]any{}}})),
		"no event":          o.signing.sign(t, "logout+jwt", o.logoutClaims(map[string]any{"events": nil})),
		"with a nonce":      o.signing.sign(t, "logout+jwt", o.logoutClaims(map[string]any{"nonce": "n"})),
		"an ID token":       o.signing.sign(t, "JWT", o.logoutClaims(nil)),
		"signed by another": newSigningKey(t, "k1").sign(t, "logout+jwt", o.logoutClaims(nil)),
		"garbage":           "a.b.c",
		"huge":              strings.Repeat("a", 1<<20),
	} {
		if status := told(a, token); status != http.StatusBadRequest {
			t.Errorf("%s: status %d", name, status)
		}
	}
	if _, ok := a.Session(sessionRequest(t, a, b)); !ok {
		t.Error("a token that was refused signed out")
	}
}

func TestBackchannelLogoutWithoutKeys(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	token := o.signing.sign(t, "logout+jwt", o.logoutClaims(nil))
	o.server.Close()
	if status := told(a, token); status != http.StatusServiceUnavailable {
		t.Errorf("status %d: the provider would not try again", status)
	}
}

// unending is a store that cannot end a sign-in.
type unending struct{ relying.SessionStore }

func (unending) EndSignIn(context.Context, relying.SignInEnd) error {
	return errors.New("the store is full")
}

// Why an end could not be carried out is in the application's log, without what the token
// holds; what anybody can send is not.
func TestBackchannelLogoutSaysWhatFailed(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	log := &lines{}
	a.Log = slog.New(slog.NewTextHandler(log, nil))
	var refuse error
	a.Ended = func(context.Context, relying.LogoutToken) error { return refuse }
	token := o.signing.sign(t, "logout+jwt", o.logoutClaims(nil))
	lines := func() int { return strings.Count(log.String(), "\n") }

	store := &relying.MemoryStore{Now: o.clock.Now}
	a.Sessions.Store = unending{store}
	if status := told(a, token); status != http.StatusServiceUnavailable || !strings.Contains(log.String(), "the store is full") {
		t.Errorf("status %d, log %s", status, log)
	}
	a.Sessions.Store, refuse = store, errors.New("the wards could not be closed")
	if status := told(a, token); status != http.StatusServiceUnavailable || !strings.Contains(log.String(), "the wards could not be closed") {
		t.Errorf("status %d, log %s", status, log)
	}
	if n := lines(); n != 2 || strings.Contains(log.String(), token) || strings.Contains(log.String(), "sid-1") {
		t.Errorf("%d lines: %s", n, log)
	}
	refuse = nil
	for _, token := range []string{
		token, "a.b.c", newSigningKey(t, "k2").sign(t, "logout+jwt", o.logoutClaims(nil)), o.signing.sign(t, "JWT", o.logoutClaims(nil)),
	} {
		told(a, token)
	}
	if n := lines(); n != 2 {
		t.Errorf("%d lines: %s", n, log)
	}
	// Keys that cannot be read are there as often as they are tried to be read.
	o.with(func(o *op) { o.keysDown = true })
	unread := newApplication(t, o)
	unread.Log = a.Log
	for range 3 {
		if status := told(unread, token); status != http.StatusServiceUnavailable {
			t.Errorf("status %d", status)
		}
	}
	if n := lines(); n != 3 || !strings.Contains(log.String(), "503") {
		t.Errorf("%d lines: %s", n, log)
	}
}

// A sign-in whose end is told while its code is being redeemed begins nothing.
func TestASignInThatEndedMeanwhile(t *testing.T) {
	o := newOP(t)
	o.with(func(o *op) { o.idClaims = map[string]any{"sid": "sid-1"} })
	a := newApplication(t, o)
	if status := told(a, o.signing.sign(t, "logout+jwt", o.logoutClaims(nil))); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	begin := func() bool {
		cookie, err := a.Sessions.Begin(t.Context(), relying.Session{IDToken: relying.IDToken{Subject: "sub-1", SessionID: "sid-1"}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Sessions.Find(t.Context(), cookie)
		return err == nil
	}
	if begin() {
		t.Error("a session began for a sign-in that had ended")
	}
	o.clock.add(6 * time.Minute)
	if told(a, o.signing.sign(t, "logout+jwt", o.logoutClaims(map[string]any{"sid": "sid-9"}))) != http.StatusOK || !begin() {
		t.Error("what ended is remembered for ever")
	}
}
