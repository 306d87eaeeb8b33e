package oidc_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func end(params ...string) string {
	q := url.Values{}
	for i := 0; i < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	return "/end-session?" + q.Encode()
}

// alive says whether the browser is still signed in.
func (b *browser) alive() bool {
	return b.get(ask("post", "prompt", "none")).location(b.w.t).Query().Get("code") != ""
}

func TestEndSession(t *testing.T) { onEveryStore(t, testEndSession) }

func testEndSession(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal")
	hint := out["id_token"].(string)
	state := strings.Repeat("s", 128)
	a := b.get(end("id_token_hint", hint, "post_logout_redirect_uri", goodbye, "state", state, "client_id", "portal"))
	if got := a.header.Get("Location"); a.status != http.StatusSeeOther || got != goodbye+"&state="+state {
		t.Errorf("%d %s", a.status, got)
	}
	// The last page knows which applications there were.
	var kept string
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if strings.HasSuffix(c.Name, "claviger-parted") && c.HttpOnly && c.MaxAge > 0 {
			kept = c.Value
		}
	}
	if parting, ok := w.Interactions.Parted(kept); !ok || strings.Join(parting.Clients, " ") != "portal" {
		t.Errorf("the browser keeps %q: %+v", kept, parting)
	}
	if b.alive() {
		t.Error("still signed in")
	}
	w.refused("refresh after the sign-out", "portal", out["refresh_token"], "invalid_grant")
	if a := w.userinfo(out["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("userinfo after the sign-out: %d", a.status)
	}
	if w.count("session.ended") != 1 {
		t.Errorf("events %v", w.events())
	}
	// A second time there is nothing to end, and nothing to complain about.
	if got := b.get(end("id_token_hint", hint, "post_logout_redirect_uri", goodbye)).header.Get("Location"); got != goodbye {
		t.Errorf("again: %s", got)
	}
}

func TestEndSessionTakesAnExpiredHint(t *testing.T) {
	onEveryStore(t, testEndSessionTakesAnExpiredHint)
}

func testEndSessionTakesAnExpiredHint(t *testing.T, w *world) {
	b := w.browser()
	hint := b.tokens("portal")["id_token"].(string)
	w.clock.add(14 * time.Minute)
	if got := b.get(end("id_token_hint", hint)).header.Get("Location"); got != "/signed-out" || b.alive() {
		t.Errorf("went to %s", got)
	}
}

func TestEndSessionByPost(t *testing.T) { onEveryStore(t, testEndSessionByPost) }

func testEndSessionByPost(t *testing.T, w *world) {
	b := w.browser()
	hint := b.tokens("portal")["id_token"].(string)
	form := url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {goodbye}}
	// The POST of another site comes without cookies, and then as a GET.
	a := w.browser().do(http.MethodPost, "/end-session", form)
	if to := a.location(t); a.status != http.StatusSeeOther || to.Path != "/end-session" {
		t.Fatalf("%d %s", a.status, to)
	}
	if !b.alive() {
		t.Fatal("signed out without a cookie")
	}
	if got := b.get(a.header.Get("Location")).header.Get("Location"); got != goodbye || b.alive() {
		t.Errorf("went to %s", got)
	}
	b.code("portal")
	hint = b.tokens("portal")["id_token"].(string)
	form.Set("id_token_hint", hint)
	if got := b.do(http.MethodPost, "/end-session", form).header.Get("Location"); got != goodbye || b.alive() {
		t.Errorf("with cookies: went to %s", got)
	}
}

func TestEndSessionNeverRedirectsUnproven(t *testing.T) {
	onEveryStore(t, testEndSessionNeverRedirectsUnproven)
}

func testEndSessionNeverRedirectsUnproven(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal")
	hint := out["id_token"].(string)
	parts := strings.Split(hint, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
	other := w.browser().tokens("portal")["id_token"].(string)
	noURI := b.tokens("post")["id_token"].(string)
	for name, tc := range map[string]struct {
		path, want string // want is where it goes; empty for a page with status 400
	}{
		"nothing":                    {end(), "/sign-out"},
		"state alone":                {end("state", "x"), "/sign-out"},
		"no hint":                    {end("post_logout_redirect_uri", goodbye), "/sign-out"},
		"client id alone":            {end("client_id", "portal", "post_logout_redirect_uri", goodbye), "/sign-out"},
		"alg none":                   {end("id_token_hint", none, "post_logout_redirect_uri", goodbye), "/sign-out"},
		"altered":                    {end("id_token_hint", hint[:len(hint)-3]+"AAA", "post_logout_redirect_uri", goodbye), "/sign-out"},
		"an access token":            {end("id_token_hint", out["access_token"].(string), "post_logout_redirect_uri", goodbye), "/sign-out"},
		"another session":            {end("id_token_hint", other, "post_logout_redirect_uri", goodbye), "/sign-out"},
		"unregistered":               {end("id_token_hint", hint, "post_logout_redirect_uri", "https://evil.example/"), ""},
		"a query added":              {end("id_token_hint", hint, "post_logout_redirect_uri", goodbye+"&foo=bar"), ""},
		"a client without addresses": {end("id_token_hint", noURI, "post_logout_redirect_uri", goodbye), ""},
		"another client":             {end("id_token_hint", hint, "client_id", "post"), ""},
		"twice":                      {end("id_token_hint", hint) + "&state=1&state=2", ""},
		"broken":                     {"/end-session?id_token_hint=%zz", ""},
	} {
		a := b.get(tc.path)
		if got := a.header.Get("Location"); got != tc.want || tc.want == "" && a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %q", name, a.status, got)
		}
		if !b.alive() {
			t.Fatalf("%s: signed out", name)
		}
	}
}
