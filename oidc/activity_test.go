package oidc_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/session"
)

// left asks how long the session of a token lives; report says first that the
// person did something.
func (w *world) left(token any) answer   { return w.atSession("GET", "/session", token) }
func (w *world) report(token any) answer { return w.atSession("POST", "/session/activity", token) }

func (w *world) atSession(method, path string, token any) answer {
	w.t.Helper()
	text, _ := token.(string)
	return w.bearer(method, path, "Bearer "+text, nil)
}

func (w *world) atSessionWithProof(method, path, token, proof string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.Issuer+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "DPoP "+token)
	req.Header.Set("DPoP", proof)
	return w.send(http.DefaultClient, req)
}

func (w *world) wantLeft(what string, a answer, seconds float64) {
	w.t.Helper()
	if got := parse(w.t, a); a.status != http.StatusOK || got["expires_in"] != seconds {
		w.t.Errorf("%s: %d %s, want %v seconds", what, a.status, a.body, seconds)
	}
}

func TestActivityKeepsASessionAlive(t *testing.T) { onEveryStore(t, testActivityKeepsASessionAlive) }

func testActivityKeepsASessionAlive(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal")
	w.wantLeft("at first", w.left(out["access_token"]), 900)
	w.clock.add(4 * time.Minute)
	w.wantLeft("after four minutes", w.left(out["access_token"]), 660)
	w.wantLeft("asking is not activity", w.left(out["access_token"]), 660)
	a := w.report(out["access_token"])
	w.wantLeft("a report", a, 900)
	want := map[string]any{"expires_in": 900.0, "absolute_expires_in": 12*3600.0 - 240, "idle_timeout": 900.0}
	if d := cmp.Diff(want, parse(t, a)); d != "" {
		t.Errorf("the answer (-want +got):\n%s", d)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("cached: %s", a.header)
	}
	// Fourteen minutes later it lives because of the report alone.
	w.clock.add(14 * time.Minute)
	out = w.refresh("portal", out["refresh_token"])
	w.wantLeft("near the end", w.left(out["access_token"]), 60)
	w.clock.add(59 * time.Second)
	w.wantLeft("a second before the end", w.left(out["access_token"]), 1)
	w.clock.add(time.Second)
	if a := w.report(out["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("a report woke the dead: %d %s", a.status, a.body)
	}
}

// A client that refreshes, reads and introspects every minute does not keep
// anybody signed in.
func TestWhatNobodyDoesIsNoActivity(t *testing.T) { onEveryStore(t, testWhatNobodyDoesIsNoActivity) }

func testWhatNobodyDoesIsNoActivity(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal")
	for minute := range 14 {
		w.clock.add(time.Minute)
		out = w.refresh("portal", out["refresh_token"])
		w.userinfo(out["access_token"])
		w.left(out["access_token"])
		b.get(ask("portal", "prompt", "none"))
		w.wantLeft("polling", w.left(out["access_token"]), 900-60*float64(minute+1))
	}
	w.clock.add(time.Minute + time.Second)
	w.refused("after the idle limit", "portal", out["refresh_token"], "invalid_grant")
	if a := w.left(out["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("the session still lives: %d %s", a.status, a.body)
	}
}

// An abandoned page that goes to sign-in by a timer keeps nobody signed in; a click does.
func TestRedirectWithoutAPersonIsNoActivity(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		b := w.browser()
		out := b.tokens("portal")
		w.clock.add(2 * time.Minute)
		for _, test := range []struct {
			headers map[string]string
			left    float64
		}{
			{map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}, 780},
			{map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}, 900},
		} {
			b.headers = test.headers
			if back := b.get(ask("portal")); !strings.Contains(back.header.Get("Location"), "code=") {
				t.Fatalf("no code: %d %s", back.status, back.header.Get("Location"))
			}
			w.wantLeft("after a navigation", w.left(out["access_token"]), test.left)
		}
		b.headers = nil
		w.clock.add(2 * time.Minute)
		b.get(ask("portal")) // an older browser
		w.wantLeft("after a navigation", w.left(out["access_token"]), 900)
	})
}

func TestActivityRefuses(t *testing.T) { onEveryStore(t, testActivityRefuses) }

func testActivityRefuses(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal")
	token, _ := out["access_token"].(string)
	offline := w.browser().tokens("night", "scope", "openid offline_access", "prompt", "consent")
	for name, a := range map[string]answer{
		"nothing":          w.bearer("POST", "/session/activity", "", nil),
		"garbage":          w.report("garbage"),
		"an ID token":      w.report(out["id_token"]),
		"in the address":   w.bearer("POST", "/session/activity?access_token="+token, "", nil),
		"without the key":  w.report(w.browser().bound(t)),
		"of no session":    w.report(offline["access_token"]),
		"of another issue": w.report(w.sign("at+jwt", map[string]any{"iss": "https://evil.example", "sid": "x", "exp": w.clock.now().Add(time.Hour).Unix(), "aud": []string{w.Issuer}})),
	} {
		if a.status != http.StatusUnauthorized || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: %d %q %s", name, a.status, a.header.Get("WWW-Authenticate"), a.body)
		}
	}
	if a := w.atSession("POST", "/session", token); a.status != http.StatusMethodNotAllowed {
		t.Errorf("POST /session: %d", a.status)
	}
	// A token that was revoked extends nothing, though the session lives.
	if a := w.post("/revoke", "portal", map[string][]string{"token": {token}}); a.status != http.StatusOK {
		t.Fatalf("revoke: %d", a.status)
	}
	if a := w.report(token); a.status != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d %s", a.status, a.body)
	}
	again := b.tokens("portal")
	claims, _ := w.claimsOf(again["access_token"])
	sid, _ := claims["sid"].(string)
	if err := w.Sessions.End(t.Context(), sid, session.ReasonOperator); err != nil {
		t.Fatal(err)
	}
	if a := w.left(again["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("after the end: %d %s", a.status, a.body)
	}
}

// bound is an access token that is bound to a key.
func (b *browser) bound(t *testing.T) string {
	t.Helper()
	proof := bankKey.proof(b.w, "POST", "/token", "", nil)
	_, out, _ := b.w.redeem("spa", exchange(b.code("spa")), func(r *http.Request) { r.Header.Set("DPoP", proof) })
	token, _ := out["access_token"].(string)
	if token == "" {
		t.Fatalf("no token: %v", out)
	}
	return token
}

func TestActivityWithProof(t *testing.T) { onEveryStore(t, testActivityWithProof) }

func testActivityWithProof(t *testing.T, w *world) {
	token := w.browser().bound(t)
	send := func(method, path, proof string) answer { return w.atSessionWithProof(method, path, token, proof) }
	w.clock.add(time.Minute)
	w.wantLeft("asked with a proof", send("GET", "/session", bankKey.proof(w, "GET", "/session", token, nil)), 840)
	w.wantLeft("reported with a proof", send("POST", "/session/activity", bankKey.proof(w, "POST", "/session/activity", token, nil)), 900)
	if a := send("POST", "/session/activity", bankKey.proof(w, "GET", "/session", token, nil)); a.status != http.StatusUnauthorized {
		t.Errorf("the proof of another request: %d", a.status)
	}
}

func TestActivityTakesOneRoundTrip(t *testing.T) {
	w := newWorld(t, embeddedStores)
	out := w.browser().tokens("portal")
	for name, do := range map[string]func(){
		"asking":    func() { w.left(out["access_token"]) },
		"reporting": func() { w.report(out["access_token"]) },
	} {
		if made := w.trips.of(do); !slices.Equal(made, []string{"session write"}) {
			t.Errorf("%s: %v", name, made)
		}
	}
}
