package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/relying"
)

// running is a portal in front of a provider that has a discovery document and
// one session.
type running struct {
	*portal
	server *httptest.Server
	client *http.Client
	now    time.Time
	// ends is when the session ends at the provider; reports are the requests
	// that moved it.
	ends    time.Time
	reports int
}

// provide answers for the provider's session.
func (r *running) provide(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	answer := map[string]any{"error": "invalid_grant"}
	status := http.StatusBadRequest
	switch {
	case req.URL.Path == "/token":
	case !r.now.Before(r.ends):
		status, answer = http.StatusUnauthorized, map[string]any{"error": "invalid_token"}
	default:
		if req.Method == http.MethodPost {
			r.reports++
			r.ends = r.now.Add(15 * time.Minute)
		}
		status, answer = http.StatusOK, map[string]any{"expires_in": int(r.ends.Sub(r.now) / time.Second), "absolute_expires_in": 3600, "idle_timeout": 900}
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func start(t *testing.T) *running {
	t.Helper()
	var provider *httptest.Server
	r := &running{now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
	provider = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/.well-known/openid-configuration" {
			r.provide(w, req)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": provider.URL, "authorization_endpoint": provider.URL + "/authorize",
			"token_endpoint": provider.URL + "/token", "jwks_uri": provider.URL + "/jwks",
			"end_session_endpoint":      provider.URL + "/end-session",
			"claviger_session_endpoint": provider.URL + "/how-long", "claviger_session_activity_endpoint": provider.URL + "/active",
			"code_challenge_methods_supported": []string{"S256"},
			"scopes_supported":                 []string{"openid", "email", "profile", "offline_access"},
		})
	}))
	t.Cleanup(provider.Close)
	o := options{url: "http://localhost:8090", issuer: provider.URL, clientID: "portal", idle: 15 * time.Minute}
	p, err := newPortal(t.Context(), o, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r.portal = p
	p.now = func() time.Time { return r.now }
	p.app.Sessions.Now = p.now
	r.server = httptest.NewServer(p.routes())
	t.Cleanup(r.server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	r.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return r
}

// signIn puts a session into the client's cookies.
func (r *running) signIn(t *testing.T) {
	t.Helper()
	r.ends = r.now.Add(15 * time.Minute)
	cookie, err := r.app.Sessions.Begin(t.Context(), relying.Session{
		Tokens: relying.Tokens{Access: "access", Refresh: "refresh"},
		IDToken: relying.IDToken{
			Subject: "u8Zk", AMR: []string{"pwd"}, AuthTime: relying.Time{Time: r.now.Add(-time.Minute)},
			Claims: map[string]any{"sub": "u8Zk"}, Raw: "a.b.c",
		},
		UserInfo: relying.Claims{
			"sub": "u8Zk", "name": "Ada <b>Quill</b>, MD", "preferred_username": "aquill",
			"npi": "1234567893", "organization": "Northfield Family Practice", "email": "ada@northfield.example",
			"email_verified": false,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(r.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	r.client.Jar.SetCookies(u, []*http.Cookie{{Name: "meadowlark", Value: cookie}})
}

func (r *running) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	res, err := r.client.Get(r.server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func contains(t *testing.T, body string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(body, w) {
			t.Errorf("the page lacks %q:\n%s", w, body)
		}
	}
}

func TestWelcome(t *testing.T) {
	r := start(t)
	res, body := r.get(t, "/")
	contains(t, body, `id="login"`, "never sees your password")
	policy := res.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self' " + r.app.Provider.Issuer} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(body, "Log out") {
		t.Error("offers to log out somebody who is not signed in")
	}
}

func TestHomeNeedsASignIn(t *testing.T) {
	r := start(t)
	res, _ := r.get(t, "/home")
	to, err := res.Location()
	if err != nil || res.StatusCode != http.StatusSeeOther || to.Path != "/authorize" {
		t.Fatalf("%d to %v", res.StatusCode, to)
	}
	// Only scopes that the provider has.
	if got := to.Query().Get("scope"); got != "openid profile email" {
		t.Errorf("scope %q", got)
	}
	if got := to.Query().Get("redirect_uri"); got != "http://localhost:8090/callback" {
		t.Errorf("redirect_uri %q", got)
	}
}

func TestHome(t *testing.T) {
	r := start(t)
	r.signIn(t)
	res, body := r.get(t, "/home")
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	contains(t, body,
		"Ada &lt;b&gt;Quill&lt;/b&gt;, MD", "aquill", "1234567893", "Northfield Family Practice",
		"Not verified.", "with your password", `data-seconds="900"`, "after 15 minutes",
		`content="900; url=/idle"`, "&#34;u8Zk&#34;")
}

func TestCountdownIsNoActivity(t *testing.T) {
	r := start(t)
	r.signIn(t)
	r.now = r.now.Add(14 * time.Minute)
	for _, path := range []string{"/left", "/idle", "/"} {
		r.get(t, path)
	}
	_, body := r.get(t, "/left")
	if strings.TrimSpace(body) != `{"expires_in":60,"absolute_expires_in":3600,"idle_timeout":900}` || r.reports != 0 {
		t.Errorf("left: %s after %d reports", body, r.reports)
	}
	_, body = r.get(t, "/idle")
	contains(t, body, "You are still signed in")
	r.now = r.now.Add(time.Minute)
	_, body = r.get(t, "/idle")
	contains(t, body, "You have been signed out", "15 minutes")
	if res, _ := r.get(t, "/left"); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("left: %d", res.StatusCode)
	}
}

// What is done in another application keeps people signed in here.
func TestThePortalFollowsTheProvider(t *testing.T) {
	r := start(t)
	r.signIn(t)
	r.now = r.now.Add(10 * time.Minute)
	r.ends = r.now.Add(15 * time.Minute) // somebody else reported
	r.get(t, "/left")
	r.now = r.now.Add(14 * time.Minute)
	if _, body := r.get(t, "/left"); strings.TrimSpace(body) != `{"expires_in":60,"absolute_expires_in":3600,"idle_timeout":900}` {
		t.Errorf("left: %s", body)
	}
	req, err := http.NewRequest(http.MethodPost, r.server.URL+"/stay", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil || strings.TrimSpace(string(body)) != `{"expires_in":900,"absolute_expires_in":3600,"idle_timeout":900}` || r.reports != 1 {
		t.Errorf("stay: %s, %d reports, %v", body, r.reports, err)
	}
	r.ends = r.now // ended there, by whatever
	if res, _ := r.get(t, "/left"); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("left: %d", res.StatusCode)
	}
	if res, _ := r.get(t, "/home"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("home: %d, and the sign-in is over", res.StatusCode)
	}
}

func TestLogout(t *testing.T) {
	r := start(t)
	r.signIn(t)
	for site, want := range map[string]int{"cross-site": http.StatusForbidden, "same-origin": http.StatusSeeOther} {
		req, err := http.NewRequest(http.MethodPost, r.server.URL+"/logout", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Sec-Fetch-Site", site)
		if site == "same-origin" {
			r.signIn(t)
		}
		res, err := r.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: status %d, want %d", site, res.StatusCode, want)
		}
	}
	if res, _ := r.get(t, "/home"); res.StatusCode != http.StatusSeeOther {
		t.Error("still signed in")
	}
	_, body := r.get(t, "/signed-out")
	contains(t, body, "You have signed out", "close the browser")
}

func TestFaultShowsNothingForeign(t *testing.T) {
	r := start(t)
	res, body := r.get(t, "/callback?error=x&error_description=Call+555+now&state=abc")
	if res.StatusCode != http.StatusBadRequest || strings.Contains(body, "555") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	res, body = r.get(t, "/nowhere")
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("%d", res.StatusCode)
	}
	contains(t, body, "There is no such page")
}

func TestParse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"PORTAL_ISSUER": "https://id.example", "PORTAL_CLIENT_ID": "from-env"}
	o, err := parse([]string{"--client-id", "from-flag", "--client-secret-file", file}, func(n string) string { return env[n] }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if o.issuer != "https://id.example" || o.clientID != "from-flag" || o.clientSecret != "s3cret" || o.idle != 15*time.Minute {
		t.Errorf("options %+v", o)
	}
	none := func(string) string { return "" }
	for _, args := range [][]string{{"--nonsense"}, {"extra"}, {"--idle", "0s"}, {"--client-secret-file", file + ".no"}} {
		if code := run(t.Context(), args, none, io.Discard); code != 2 {
			t.Errorf("%q: exit code %d", args, code)
		}
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[time.Duration]string{
		15 * time.Minute: "15 minutes", time.Minute: "1 minute", 8 * time.Second: "8 seconds", 90 * time.Second: "90 seconds",
	} {
		if got := spell(in); got != want {
			t.Errorf("spell(%v) = %q, want %q", in, got, want)
		}
	}
	if got := methods([]string{"pwd", "otp", "new"}); got != "with your password, with a one-time code, new" {
		t.Errorf("methods: %q", got)
	}
}
