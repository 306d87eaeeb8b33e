package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// pushing is an authorization request as it is pushed.
func pushing(change ...string) url.Values {
	u, err := url.Parse(ask("bank"))
	if err != nil {
		panic(err)
	}
	form := u.Query()
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
		if change[i+1] == "" {
			form.Del(change[i])
		}
	}
	return form
}

func (w *world) push(clientID string, form url.Values, changes ...func(*http.Request)) string {
	w.t.Helper()
	form.Set("client_id", clientID)
	a := w.post("/par", clientID, form, changes...)
	out := parse(w.t, a)
	uri, _ := out["request_uri"].(string)
	if a.status != http.StatusCreated || !strings.HasPrefix(uri, "urn:ietf:params:oauth:request_uri:") || out["expires_in"] != 90.0 {
		w.t.Fatalf("%d %s", a.status, a.body)
	}
	return uri
}

func byURI(clientID, uri string) string {
	return "/authorize?" + url.Values{"client_id": {clientID}, "request_uri": {uri}}.Encode()
}

func TestPushed(t *testing.T) { onEveryStore(t, testPushed) }

func testPushed(t *testing.T, w *world) {
	b := w.browser()
	uri := w.push("bank", pushing("state", "pushed"))
	// What stands beside it does not count, and a page may be loaded again.
	first := b.get(byURI("bank", uri) + "&scope=api:read&state=beside")
	if !strings.HasSuffix(first.location(t).Path, "/sign-in") {
		t.Fatalf("%v", first.header)
	}
	back := b.follow(b.get(byURI("bank", uri)))
	if back.Query().Get("code") == "" || back.Query().Get("state") != "pushed" {
		t.Fatalf("went to %s", back)
	}
	status, out, _ := w.redeem("bank", exchange(back.Query().Get("code")), bankKey.proving(w, "/token"))
	if status != http.StatusOK || out["token_type"] != "DPoP" || out["scope"] != "openid profile" {
		t.Fatalf("%d %v", status, out)
	}
	refused := func(name string, a answer) {
		t.Helper()
		if a.status != http.StatusBadRequest || a.header.Get("Location") != "" || !strings.Contains(a.body, "expired, was used") {
			t.Errorf("%s: %d %v %s", name, a.status, a.header, a.body)
		}
	}
	refused("used", b.get(byURI("bank", uri)))
	refused("unknown", b.get(byURI("bank", "urn:ietf:params:oauth:request_uri:x")))
	uri = w.push("bank", pushing())
	refused("another client's", b.get(byURI("portal", uri)))
	w.clock.add(90 * time.Second)
	refused("expired", b.get(byURI("bank", uri)))
	// A person may take longer than that.
	slow := w.browser()
	uri = w.push("bank", pushing())
	a := slow.get(byURI("bank", uri))
	w.clock.add(10 * time.Minute)
	if slow.follow(a).Query().Get("code") == "" {
		t.Error("who took ten minutes got no code")
	}
}

func TestPushedRefuses(t *testing.T) { onEveryStore(t, testPushedRefuses) }

func testPushedRefuses(t *testing.T, w *world) {
	for name, tc := range map[string]struct {
		form url.Values
		want string
	}{
		"a request_uri":        {pushing("request_uri", "urn:x"), "invalid_request"},
		"another redirect URI": {pushing("redirect_uri", "https://evil.example/"), "invalid_request"},
		"no redirect URI":      {pushing("redirect_uri", ""), "invalid_request"},
		"no PKCE":              {pushing("code_challenge", "", "code_challenge_method", ""), "invalid_request"},
		"plain PKCE":           {pushing("code_challenge_method", "plain"), "invalid_request"},
		"no response type":     {pushing("response_type", ""), "unsupported_response_type"},
		"implicit":             {pushing("response_type", "token"), "unsupported_response_type"},
		"no scope":             {pushing("scope", ""), "invalid_scope"},
		"another resource":     {pushing("resource", "https://evil.example/"), "invalid_target"},
		"an object":            {pushing("request", "a.b.c"), "invalid_request_object"},
	} {
		a := w.post("/par", "bank", tc.form)
		if out := parse(t, a); a.status != http.StatusBadRequest || out["error"] != tc.want {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	twice := pushing()
	twice.Add("nonce", "again")
	if a := w.post("/par", "bank", twice); a.status != http.StatusBadRequest {
		t.Errorf("a parameter twice: %d %s", a.status, a.body)
	}
	if a := w.post("/par", "nobody", pushing()); a.status != http.StatusUnauthorized {
		t.Errorf("unknown client: %d %s", a.status, a.body)
	}
	if a := w.browser().get("/par"); a.status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", a.status)
	}
	// Who has to push cannot do without.
	b := w.browser()
	if q := b.get(ask("bank")).location(t).Query(); q.Get("error") != "invalid_request" || q.Get("code") != "" || q.Get("iss") != w.Issuer {
		t.Errorf("not pushed: %v", q)
	}
}

// TestPushedKey: the key of the proof at the pushed request is that of the code
// (RFC 9449 section 10.1).
func TestPushedKey(t *testing.T) { onEveryStore(t, testPushedKey) }

func testPushedKey(t *testing.T, w *world) {
	b := w.browser()
	code := func(uri string) string { return b.follow(b.get(byURI("bank", uri))).Query().Get("code") }

	uri := w.push("bank", pushing(), bankKey.proving(w, "/par"))
	status, out, _ := w.redeem("bank", exchange(code(uri)), otherKey.proving(w, "/token"))
	if status != http.StatusBadRequest || out["error"] != "invalid_grant" {
		t.Errorf("another key: %d %v", status, out)
	}
	uri = w.push("bank", pushing("dpop_jkt", otherKey.thumbprint()))
	if status, out, _ := w.redeem("bank", exchange(code(uri)), otherKey.proving(w, "/token")); status != http.StatusOK {
		t.Errorf("the named key: %d %v", status, out)
	}
	a := w.post("/par", "bank", pushing("dpop_jkt", otherKey.thumbprint()), bankKey.proving(w, "/par"))
	if out := parse(t, a); a.status != http.StatusBadRequest || out["error"] != "invalid_dpop_proof" {
		t.Errorf("two keys: %d %s", a.status, a.body)
	}
}

func object(w *world, clientID string, change map[string]any) string {
	claims := map[string]any{
		"iss": clientID, "aud": w.Issuer, "exp": w.clock.now().Unix() + 300, "nbf": w.clock.now().Unix(), "client_id": clientID,
		"redirect_uri": callback, "response_type": "code", "scope": "openid", "state": "inside",
		"code_challenge": challengeOf(verifier), "code_challenge_method": "S256", "max_age": 3600,
		"claims": map[string]any{"userinfo": map[string]any{"name": nil}},
	}
	return bankKey.sign("oauth-authz-req+jwt", false, merge(claims, change))
}

func TestRequestObject(t *testing.T) { onEveryStore(t, testRequestObject) }

func testRequestObject(t *testing.T, w *world) {
	b := w.browser()
	uri := w.push("bank", url.Values{"request": {object(w, "bank", nil)}})
	back := b.follow(b.get(byURI("bank", uri)))
	if back.Query().Get("code") == "" || back.Query().Get("state") != "inside" {
		t.Errorf("pushed: %s", back)
	}
	now := w.clock.now().Unix()
	for name, text := range map[string]string{
		"no exp":            object(w, "bank", map[string]any{"exp": nil}),
		"expired":           object(w, "bank", map[string]any{"exp": now}),
		"for ever":          object(w, "bank", map[string]any{"exp": now + 7200}),
		"no nbf":            object(w, "bank", map[string]any{"nbf": nil}),
		"old nbf":           object(w, "bank", map[string]any{"nbf": now - 7200}),
		"future nbf":        object(w, "bank", map[string]any{"nbf": now + 600}),
		"no aud":            object(w, "bank", map[string]any{"aud": nil}),
		"another aud":       object(w, "bank", map[string]any{"aud": "https://x.example"}),
		"no iss":            object(w, "bank", map[string]any{"iss": nil}),
		"another client":    object(w, "bank", map[string]any{"client_id": "portal"}),
		"no client":         object(w, "bank", map[string]any{"client_id": nil}),
		"nested":            object(w, "bank", map[string]any{"request": "x"}),
		"nested by address": object(w, "bank", map[string]any{"request_uri": "x"}),
		"not of its key":    otherKey.sign("JWT", false, map[string]any{"client_id": "bank"}),
		"unsigned":          "eyJhbGciOiJub25lIn0.e30.",
	} {
		a := w.post("/par", "bank", url.Values{"client_id": {"bank"}, "request": {text}})
		if out := parse(t, a); a.status != http.StatusBadRequest || out["error"] != "invalid_request_object" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	// At the authorization endpoint, for who need not push: what stands beside
	// the object does not count.
	register(t, w, signing)
	q := url.Values{"client_id": {"signing"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile"}, "state": {"beside"},
		"request": {object(w, "signing", map[string]any{"exp": nil, "nbf": nil, "aud": nil, "iss": nil})}}
	back = b.follow(b.get("/authorize?" + q.Encode()))
	if back.Query().Get("code") == "" || back.Query().Get("state") != "inside" {
		t.Errorf("by value: %s", back)
	}
	q.Del("request")
	q.Set("code_challenge", challengeOf(verifier))
	q.Set("code_challenge_method", "S256")
	if got := b.get("/authorize?" + q.Encode()).location(t).Query(); got.Get("error") != "invalid_request" {
		t.Errorf("unsigned, of who has to sign: %v", got)
	}
}
