package oidc_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestAuthorizeShowsAPageWhereItMayNotRedirect(t *testing.T) {
	onEveryStore(t, testAuthorizeShowsAPageWhereItMayNotRedirect)
}

func testAuthorizeShowsAPageWhereItMayNotRedirect(t *testing.T, w *world) {
	b := w.browser()
	for name, path := range map[string]string{
		"nothing":                  "/authorize",
		"no client":                ask("portal", "client_id", ""),
		"unknown client":           ask("nobody"),
		"no redirect URI":          ask("portal", "redirect_uri", ""),
		"another redirect URI":     ask("portal", "redirect_uri", "https://evil.example/cb"),
		"a query added":            ask("portal", "redirect_uri", callback+"?a=b"),
		"a path added":             ask("portal", "redirect_uri", callback+"/x"),
		"two redirect URIs":        ask("portal") + "&redirect_uri=" + url.QueryEscape(callback),
		"two clients":              ask("portal") + "&client_id=portal",
		"a broken query":           ask("portal") + "&x=%zz",
		"not text":                 ask("portal") + "&x=%ff",
		"a null":                   ask("portal") + "&x=%00",
		"much too long":            ask("portal") + "&x=" + strings.Repeat("a", 17<<10),
		"a port, for confidential": ask("portal", "redirect_uri", "http://127.0.0.1:5/cb"),
	} {
		a := b.get(path)
		if a.status != http.StatusBadRequest || a.header.Get("Location") != "" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %v %s", name, a.status, a.header, a.body)
		}
	}
}

func TestAuthorizeTellsTheApplication(t *testing.T) {
	onEveryStore(t, testAuthorizeTellsTheApplication)
}

func testAuthorizeTellsTheApplication(t *testing.T, w *world) {
	b := w.browser()
	for name, tc := range map[string]struct {
		path, want string
	}{
		"no response type":      {ask("portal", "response_type", ""), "unsupported_response_type"},
		"implicit":              {ask("portal", "response_type", "token"), "unsupported_response_type"},
		"hybrid":                {ask("portal", "response_type", "code id_token"), "unsupported_response_type"},
		"fragment":              {ask("portal", "response_mode", "fragment"), "invalid_request"},
		"unknown mode":          {ask("portal", "response_mode", "web_message"), "invalid_request"},
		"no scope":              {ask("portal", "scope", ""), "invalid_scope"},
		"only unknown scopes":   {ask("portal", "scope", "offline_access"), "invalid_scope"},
		"a scope not its own":   {ask("portal", "scope", "openid address"), "invalid_scope"},
		"a request object":      {ask("portal", "request", "e30.e30."), "invalid_request_object"},
		"a request URI":         {ask("portal", "request_uri", "https://rp.example/r"), "request_uri_not_supported"},
		"a pushed request":      {ask("portal", "request_uri", "urn:ietf:params:oauth:request_uri:x"), "invalid_request_uri"},
		"another resource":      {ask("portal", "resource", "https://other.example/"), "invalid_target"},
		"claims, garbled":       {ask("portal", "claims", "{"), "invalid_request"},
		"an acr out of reach":   {ask("portal", "claims", `{"id_token":{"acr":{"essential":true,"value":"urn:x"}}}`), "unmet_authentication_requirements"},
		"a registration":        {ask("portal", "registration", "{}"), "registration_not_supported"},
		"a parameter twice":     {ask("portal") + "&nonce=again", "invalid_request"},
		"the state twice":       {ask("portal") + "&state=again", "invalid_request"},
		"unknown, twice":        {ask("portal") + "&x=1&x=2", "invalid_request"},
		"a long nonce":          {ask("portal", "nonce", strings.Repeat("n", 513)), "invalid_request"},
		"prompt none and login": {ask("portal", "prompt", "none login"), "invalid_request"},
		"unknown prompt":        {ask("portal", "prompt", "create"), "invalid_request"},
		"max_age text":          {ask("portal", "max_age", "soon"), "invalid_request"},
		"max_age negative":      {ask("portal", "max_age", "-1"), "invalid_request"},
		"max_age too large":     {ask("portal", "max_age", "99999999999999999999"), "invalid_request"},
		"none, nobody":          {ask("portal", "prompt", "none"), "login_required"},
	} {
		a := b.get(tc.path)
		to := a.location(t)
		q := to.Query()
		if a.status != http.StatusSeeOther || to.Host != "rp.example" || q.Get("error") != tc.want || q.Get("iss") != w.Issuer || q.Has("code") {
			t.Errorf("%s: %d %s", name, a.status, to)
		}
		if state := q.Get("state"); state != "st-portal" && name != "the state twice" {
			t.Errorf("%s: state %q", name, state)
		}
		if strings.ContainsAny(q.Get("error_description"), "\"\\\r\n\t") || q.Get("error_description") == "" {
			t.Errorf("%s: description %q", name, q.Get("error_description"))
		}
		for parameter := range q {
			switch parameter {
			case "error", "error_description", "state", "iss":
			default:
				t.Errorf("%s: parameter %s", name, parameter)
			}
		}
	}
	// No state sent, none returned.
	if q := b.get(ask("portal", "prompt", "none", "state", "")).location(t).Query(); q.Has("state") {
		t.Errorf("state %q from nowhere", q.Get("state"))
	}
	// The query of a registered URI stays.
	if to := b.get(ask("portal", "prompt", "none", "redirect_uri", callback+"?tenant=a")).location(t); to.Query().Get("tenant") != "a" || to.Query().Get("error") == "" {
		t.Errorf("went to %s", to)
	}
}

func TestAuthorizeTakesWhatItNeedNotKnow(t *testing.T) {
	onEveryStore(t, testAuthorizeTakesWhatItNeedNotKnow)
}

func testAuthorizeTakesWhatItNeedNotKnow(t *testing.T, w *world) {
	b := w.browser()
	b.code("portal", "display", "popup", "ui_locales", "es en", "claims_locales", "de", "login_hint", "x", "extra", "foobar", "acr_values", "1 2",
		"claims", `{"userinfo":{"name":{"essential":true}}}`, "audience", "anything",
		"scope", "unknown openid openid offline_access", "nonce", "", "state", strings.Repeat("s", 2048))
	status, out, _ := w.redeem("portal", exchange(b.code("portal", "nonce", "", "scope", "profile openid offline_access")))
	if id, _ := w.claimsOf(out["id_token"]); status != http.StatusOK || id["nonce"] != nil || out["scope"] != "profile openid" {
		t.Errorf("%d %v", status, out)
	}
	// The registered algorithm and audience.
	out = b.tokens("post", "audience", "https://evil.example/")
	id, head := w.claimsOf(out["id_token"])
	at, _ := w.claimsOf(out["access_token"])
	if head["alg"] != "RS256" || id["aud"] != "post" || at["aud"].([]any)[0] != "https://api.example/" {
		t.Errorf("%v %v", head, at["aud"])
	}
}

func TestPublicClient(t *testing.T) { onEveryStore(t, testPublicClient) }

func testPublicClient(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("spa")
	w.refresh("spa", out["refresh_token"])
	// Any port on the loopback address, and a scheme of its own.
	for _, uri := range []string{"http://127.0.0.1:49152/cb", "com.example.app:/cb"} {
		back := b.get(ask("spa", "redirect_uri", uri)).header.Get("Location")
		if !strings.HasPrefix(back, uri+"?code=") {
			t.Errorf("%s: went to %s", uri, back)
			continue
		}
		u, err := url.Parse(back)
		if err != nil {
			t.Fatal(err)
		}
		if status, out, _ := w.redeem("spa", exchange(u.Query().Get("code"), "redirect_uri", uri)); status != http.StatusOK {
			t.Errorf("%s: %d %v", uri, status, out)
		}
	}
}

func TestAuthorizeByPost(t *testing.T) { onEveryStore(t, testAuthorizeByPost) }

func testAuthorizeByPost(t *testing.T, w *world) {
	b := w.browser()
	u, err := url.Parse(ask("portal"))
	if err != nil {
		t.Fatal(err)
	}
	// A POST of another site brings no cookie; the same request as a GET does.
	stranger := w.browser()
	a := stranger.do(http.MethodPost, "/authorize", u.Query())
	if to := a.location(t); a.status != http.StatusSeeOther || to.Path != "/authorize" || to.Query().Get("state") != "st-portal" {
		t.Fatalf("%d %s", a.status, a.header)
	}
	if stranger.follow(a).Query().Get("code") == "" {
		t.Error("no code")
	}
	// With cookies, or with more than fits an address, it is answered as it is.
	b.code("portal")
	if b.do(http.MethodPost, "/authorize", u.Query()).location(t).Query().Get("code") == "" {
		t.Error("no code for a POST of our own site")
	}
	q := u.Query()
	q.Set("extra", strings.Repeat("x", 5000))
	if to := w.browser().do(http.MethodPost, "/authorize", q).location(t); !strings.HasSuffix(to.Path, "/sign-in") {
		t.Errorf("a large POST went to %s", to)
	}
}

func TestFormPost(t *testing.T) { onEveryStore(t, testFormPost) }

func testFormPost(t *testing.T, w *world) {
	b := w.browser()
	b.code("portal")
	fields := func(a answer) url.Values {
		t.Helper()
		if a.status != http.StatusOK || !strings.Contains(a.body, `<form method="post" action="`+callback+`">`) {
			t.Fatalf("%d %s", a.status, a.body)
		}
		policy := a.header.Get("Content-Security-Policy")
		nonce := regexp.MustCompile(`<script nonce="([^"]+)">`).FindStringSubmatch(a.body)
		if nonce == nil || !strings.Contains(policy, "'nonce-"+nonce[1]+"'") || !strings.Contains(policy, "form-action 'self' https://rp.example;") {
			t.Errorf("policy %q", policy)
		}
		out := url.Values{}
		for _, m := range regexp.MustCompile(`name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
			out.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
		}
		return out
	}
	const state = `"><script>alert(1)</script>&`
	f := fields(b.get(ask("portal", "response_mode", "form_post", "state", state)))
	if f.Get("state") != state || f.Get("iss") != w.Issuer || len(f) != 3 {
		t.Errorf("fields %v", f)
	}
	if status, out, _ := w.redeem("portal", exchange(f.Get("code"))); status != http.StatusOK {
		t.Errorf("%d %v", status, out)
	}
	f = fields(w.browser().get(ask("portal", "response_mode", "form_post", "prompt", "none")))
	if f.Get("error") != "login_required" || f.Has("code") {
		t.Errorf("fields %v", f)
	}
}

func TestPrompts(t *testing.T) { onEveryStore(t, testPrompts) }

func testPrompts(t *testing.T, w *world) {
	b := w.browser()
	first := b.tokens("portal")
	id, _ := w.claimsOf(first["id_token"])
	asked := func(change ...string) string { return b.get(ask("portal", change...)).location(t).Path }
	w.clock.add(2 * time.Second)
	for _, change := range [][]string{{"prompt", "login"}, {"prompt", "login select_account"}, {"prompt", "login consent"}, {"max_age", "0"}, {"max_age", "1"}} {
		if got := asked(change...); !strings.HasSuffix(got, "/sign-in") {
			t.Errorf("%v: %s", change, got)
		}
	}
	if got := asked("prompt", "select_account"); !strings.HasSuffix(got, "/choose-account") {
		t.Errorf("a choice of accounts: %s", got)
	}
	if got := w.browser().get(ask("portal", "prompt", "select_account")).location(t).Path; !strings.HasSuffix(got, "/sign-in") {
		t.Errorf("a choice of no account: %s", got)
	}
	for _, change := range [][]string{{"prompt", "none"}, {"max_age", "10000"}, {"prompt", "none", "id_token_hint", first["id_token"].(string)}} {
		again, _ := w.claimsOf(b.tokens("portal", change...)["id_token"])
		if again["sub"] != id["sub"] || again["auth_time"] != id["auth_time"] || again["sid"] != id["sid"] {
			t.Errorf("%v: %v, was %v", change, again, id)
		}
	}
	// A new sign-in is a new session, and ends the old one with its grants.
	again, _ := w.claimsOf(b.tokens("portal", "prompt", "login")["id_token"])
	if again["auth_time"].(float64) <= id["auth_time"].(float64) || again["sid"] == id["sid"] {
		t.Errorf("after prompt=login: %v, was %v", again, id)
	}
	w.refused("of the session before", "portal", first["refresh_token"], "invalid_grant")
}

func TestIDTokenHint(t *testing.T) { onEveryStore(t, testIDTokenHint) }

func testIDTokenHint(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal")
	other := b.tokens("post")
	for name, tc := range map[string]struct{ hint, want string }{
		"another client's": {other["id_token"].(string), "invalid_request"},
		"an access token":  {out["access_token"].(string), "login_required"},
		"garbage":          {"garbage", "login_required"},
	} {
		if got := b.get(ask("portal", "prompt", "none", "id_token_hint", tc.hint)).location(t).Query().Get("error"); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	// Somebody else than expected signs in.
	w.person.Subject = "abcdefghijklmnopqrstuvwxyz"
	stranger := w.browser()
	q := stranger.follow(stranger.get(ask("portal", "id_token_hint", out["id_token"].(string)))).Query()
	if q.Get("error") != "login_required" || q.Has("code") || q.Get("state") != "st-portal" {
		t.Errorf("another person than the hint's: %v", q)
	}
}

func TestHeadDoesNothing(t *testing.T) { onEveryStore(t, testHeadDoesNothing) }

func testHeadDoesNothing(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal")
	for _, path := range []string{ask("portal"), "/end-session?id_token_hint=" + out["id_token"].(string)} {
		if a := b.do(http.MethodHead, path, nil); a.status != http.StatusNoContent || a.header.Get("Location") != "" {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
	}
	w.refresh("portal", out["refresh_token"])
}
