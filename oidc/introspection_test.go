package oidc_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"
)

func about(token any) url.Values {
	text, _ := token.(string)
	return url.Values{"token": {text}}
}

func TestIntrospection(t *testing.T) { onEveryStore(t, testIntrospection) }

func testIntrospection(t *testing.T, w *world) {
	b := w.browser()
	issued := b.tokens("post", "scope", "openid api:read")
	ask := func(clientID string, token any) map[string]any {
		t.Helper()
		a := w.post("/introspect", clientID, about(token))
		if a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %s", a.status, a.body)
		}
		return parse(t, a)
	}
	// The client's own; and the resource's, to which it is addressed.
	for _, clientID := range []string{"post", "service"} {
		got := ask(clientID, issued["access_token"])
		if got["active"] != true || got["sub"] != w.person.Subject || got["client_id"] != "post" || got["scope"] != "openid api:read" ||
			got["iss"] != w.Issuer || got["acr"] == nil || got["auth_time"] == nil || got["token_type"] != "Bearer" {
			t.Errorf("%s: %v", clientID, got)
		}
	}
	if got := ask("post", issued["refresh_token"]); got["active"] != true || got["token_type"] != "refresh_token" || got["sub"] != nil {
		t.Errorf("refresh token: %v", got)
	}
	for name, got := range map[string]map[string]any{
		"nobody's business":       ask("portal", issued["access_token"]),
		"another's refresh token": ask("service", issued["refresh_token"]),
		"an ID token":             ask("post", issued["id_token"]),
		"garbage":                 ask("post", "garbage"),
		"a token cut short":       ask("post", issued["access_token"].(string)[:40]),
	} {
		if len(got) != 1 || got["active"] != false {
			t.Errorf("%s: %v", name, got)
		}
	}
	if a := w.post("/introspect", "spa", about(issued["access_token"])); a.status != http.StatusUnauthorized {
		t.Errorf("a public client: %d %s", a.status, a.body)
	}
	if a := w.post("/introspect", "post", url.Values{}); a.status != http.StatusBadRequest {
		t.Errorf("no token: %d %s", a.status, a.body)
	}
	if a := w.post("/introspect", "nobody", about("x")); a.status != http.StatusUnauthorized {
		t.Errorf("nobody: %d %s", a.status, a.body)
	}
	// Signed, when asked (RFC 9701).
	a := w.post("/introspect", "service", about(issued["access_token"]), func(r *http.Request) {
		r.Header.Set("Accept", "application/token-introspection+jwt")
	})
	claims, head := w.claimsOf(a.body)
	inner, _ := claims["token_introspection"].(map[string]any)
	if a.header.Get("Content-Type") != "application/token-introspection+jwt" || head["typ"] != "token-introspection+jwt" ||
		claims["aud"] != "service" || claims["iss"] != w.Issuer || inner["active"] != true {
		t.Errorf("%v %v %v", a.header, head, claims)
	}
	w.clock.add(5 * time.Minute)
	if got := ask("post", issued["access_token"]); got["active"] != false {
		t.Errorf("expired: %v", got)
	}
}

func TestRevocation(t *testing.T) { onEveryStore(t, testRevocation) }

func testRevocation(t *testing.T, w *world) {
	b := w.browser()
	active := func(token any) bool {
		t.Helper()
		return parse(t, w.post("/introspect", "post", about(token)))["active"] == true
	}
	issued := b.tokens("post")
	if a := w.post("/revoke", "post", about(issued["access_token"])); a.status != http.StatusOK || a.body != "" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if active(issued["access_token"]) || !active(issued["refresh_token"]) {
		t.Error("an access token goes alone")
	}
	if a := w.userinfo(issued["access_token"].(string)); a.status != http.StatusUnauthorized {
		t.Errorf("a revoked token was taken: %d", a.status)
	}
	issued = b.tokens("post")
	if a := w.post("/revoke", "post", about(issued["refresh_token"])); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if active(issued["access_token"]) || active(issued["refresh_token"]) {
		t.Error("a refresh token takes the grant with it")
	}
	if status, out, _ := w.redeem("post", refreshing(issued["refresh_token"].(string))); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
		t.Errorf("%d %v", status, out)
	}
	if w.count("grant.ended") != 1 {
		t.Error("the end of the grant is not in the log")
	}
	// Again, or what is none: no error (RFC 7009 section 2.2).
	for _, token := range []any{issued["refresh_token"], issued["access_token"], "garbage", issued["id_token"]} {
		if a := w.post("/revoke", "post", about(token)); a.status != http.StatusOK {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	// Another's.
	issued = b.tokens("post")
	if a := w.post("/revoke", "portal", about(issued["access_token"])); a.status != http.StatusBadRequest || parse(t, a)["error"] != "unauthorized_client" {
		t.Errorf("%d %s", a.status, a.body)
	}
	w.post("/revoke", "portal", about(issued["refresh_token"]))
	if !active(issued["access_token"]) || !active(issued["refresh_token"]) {
		t.Error("a client revoked the tokens of another")
	}
	// A public client may.
	issued = b.tokens("spa")
	if a := w.post("/revoke", "spa", about(issued["refresh_token"])); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
	if status, _, _ := w.redeem("spa", refreshing(issued["refresh_token"].(string))); status != http.StatusBadRequest {
		t.Error("the grant of a public client lives")
	}
}

func TestTokenExchange(t *testing.T) { onEveryStore(t, testTokenExchange) }

func testTokenExchange(t *testing.T, w *world) {
	b := w.browser()
	issued := b.tokens("post", "scope", "openid profile api:read")
	exchanging := func(change ...string) url.Values {
		form := url.Values{
			"grant_type":    {"urn:ietf:params:oauth:grant-type:token-exchange"},
			"subject_token": {issued["access_token"].(string)}, "subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
		}
		for i := 0; i < len(change); i += 2 {
			form.Set(change[i], change[i+1])
		}
		return form
	}
	status, out, _ := w.redeem("service", exchanging("audience", "https://x.example/", "scope", "api:read"))
	if status != http.StatusOK || out["issued_token_type"] != "urn:ietf:params:oauth:token-type:access_token" || out["scope"] != "api:read" || out["refresh_token"] != nil {
		t.Fatalf("%d %v", status, out)
	}
	got, _ := w.claimsOf(out["access_token"])
	before, _ := w.claimsOf(issued["access_token"])
	act, _ := got["act"].(map[string]any)
	audience, _ := json.Marshal(got["aud"])
	if got["sub"] != w.person.Subject || act["sub"] != "service" || got["client_id"] != "service" || string(audience) != `["https://x.example/"]` ||
		got["sid"] != before["sid"] || got["gid"] != before["gid"] || got["exp"].(float64) > before["exp"].(float64) {
		t.Errorf("%v", got)
	}
	for name, tc := range map[string]struct {
		client string
		form   url.Values
		want   string
	}{
		"another type":         {"service", exchanging("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"), "invalid_request"},
		"an ID token":          {"service", exchanging("subject_token", issued["id_token"].(string)), "invalid_request"},
		"garbage":              {"service", exchanging("subject_token", "x"), "invalid_request"},
		"nothing":              {"service", exchanging("subject_token", ""), "invalid_request"},
		"an actor token":       {"service", exchanging("actor_token", "x"), "invalid_request"},
		"another audience":     {"service", exchanging("audience", "https://evil.example/"), "invalid_target"},
		"another resource":     {"service", exchanging("resource", "https://evil.example/"), "invalid_target"},
		"a scope it has not":   {"service", exchanging("scope", "email"), "invalid_scope"},
		"openid":               {"service", exchanging("scope", "openid"), "invalid_scope"},
		"who may not":          {"post", exchanging(), "unauthorized_client"},
		"not its token at all": {"service", exchanging("subject_token", b.tokens("portal")["access_token"].(string)), "invalid_request"},
	} {
		if status, out, _ := w.redeem(tc.client, tc.form); status != http.StatusBadRequest || out["error"] != tc.want {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	// What the first token loses, the second loses too.
	exchanged := out["access_token"]
	w.post("/revoke", "post", about(issued["refresh_token"]))
	if status, out, _ := w.redeem("service", exchanging()); status != http.StatusBadRequest || out["error"] != "invalid_request" {
		t.Errorf("after the revocation: %d %v", status, out)
	}
	if got := parse(t, w.post("/introspect", "service", about(exchanged))); got["active"] != false {
		t.Errorf("after the revocation: %v", got)
	}
}

func TestClientCredentials(t *testing.T) { onEveryStore(t, testClientCredentials) }

func testClientCredentials(t *testing.T, w *world) {
	status, out, _ := w.redeem("service", alone("scope", "api:read"))
	claims, head := w.claimsOf(out["access_token"])
	if status != http.StatusOK || claims["sub"] != "service" || claims["client_id"] != "service" || claims["sid"] != nil || claims["auth_time"] != nil ||
		head["typ"] != "at+jwt" || out["scope"] != "api:read" {
		t.Errorf("%d %v %v", status, out, claims)
	}
	if status, out, _ := w.redeem("service", alone()); status != http.StatusOK || out["scope"] != "api:read" {
		t.Errorf("%d %v", status, out)
	}
	for _, scope := range []string{"openid", "profile", "unknown"} {
		if status, out, _ := w.redeem("service", alone("scope", scope)); status != http.StatusBadRequest || out["error"] != "invalid_scope" {
			t.Errorf("%s: %d %v", scope, status, out)
		}
	}
	if status, out, _ := w.redeem("portal", alone()); status != http.StatusBadRequest || out["error"] != "unauthorized_client" {
		t.Errorf("%d %v", status, out)
	}
	// It is nobody's token.
	token, _ := out["access_token"].(string)
	if a := w.userinfo(token); a.status != http.StatusUnauthorized && a.status != http.StatusForbidden {
		t.Errorf("%d %s", a.status, a.body)
	}
}
