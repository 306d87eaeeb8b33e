package oidc_test

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// registered are the codes that may leave the token and UserInfo endpoints.
var registered = []string{
	"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
	"invalid_token", "insufficient_scope",
}

// TestGarbage throws what nobody should send at every endpoint. Server.send
// fails the test for any status of 500 and more.
func TestGarbage(t *testing.T) { onEveryStore(t, testGarbage) }

func testGarbage(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal")
	values := []string{
		"", " ", "\x00", "\xff\xfe", "%", "%zz", "null", "[]", "{}", "-1", "9999999999999999999999", "a b", "é", "日本", `"`, `\`, "\r\n", "<script>",
		"javascript:alert(1)", "https://rp.example/cb#", "//evil", "openid", "none", "code", "S256", "authorization_code", "refresh_token",
		strings.Repeat("a", 300), strings.Repeat("a", 5000), strings.Repeat("é", 2000), verifier, out["refresh_token"].(string), out["id_token"].(string),
	}
	names := []string{
		"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age", "code_challenge",
		"code_challenge_method", "id_token_hint", "login_hint", "request", "request_uri", "claims", "resource", "grant_type", "code", "code_verifier",
		"refresh_token", "client_secret", "client_assertion", "client_assertion_type", "access_token", "post_logout_redirect_uri", "x", "", "\x00",
	}
	random := rand.New(rand.NewPCG(1, 2)) // the same garbage every time
	start := func(path string) url.Values {
		u, err := url.Parse(ask("portal"))
		if err != nil {
			t.Fatal(err)
		}
		switch path {
		case "/authorize":
			return u.Query()
		case "/token":
			if random.IntN(2) == 0 {
				return exchange(strings.Repeat("c", 43), "client_id", "portal")
			}
			return refreshing(out["refresh_token"].(string), "client_id", "spa")
		case "/end-session":
			return url.Values{"id_token_hint": {"x"}, "post_logout_redirect_uri": {goodbye}}
		}
		return url.Values{"access_token": {"x"}}
	}
	headers := []string{"", "", "Basic", "Basic ", "Basic cG9ydGFs", "Basic OjpiOmM=", "Bearer", "Bearer x.y.z", "DPoP x", "\t", "Basic %%%", strings.Repeat("B", 9000)}
	types := []string{"application/x-www-form-urlencoded", "application/x-www-form-urlencoded", "application/json", "", "multipart/form-data; boundary=x", "garbage;;;", "text/plain"}
	for range 1500 {
		path := []string{"/authorize", "/token", "/userinfo", "/end-session"}[random.IntN(4)]
		form := start(path)
		for range 1 + random.IntN(3) {
			name, value := names[random.IntN(len(names))], values[random.IntN(len(values))]
			switch random.IntN(4) {
			case 0:
				form.Del(name)
			case 1:
				form.Add(name, value)
			default:
				form.Set(name, value)
			}
		}
		method, address, body := http.MethodPost, path, form.Encode()
		if random.IntN(6) == 0 {
			body = strings.ReplaceAll(body, "=", "%")
		}
		if path != "/token" && random.IntN(2) == 0 {
			method, address, body = http.MethodGet, path+"?"+body, ""
		}
		req, err := http.NewRequestWithContext(t.Context(), method, w.Issuer, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if req.URL, err = url.Parse(w.Issuer + address); err != nil {
			continue
		}
		if h := headers[random.IntN(len(headers))]; h != "" {
			req.Header.Set("Authorization", h)
		}
		req.Header.Set("Content-Type", types[random.IntN(len(types))])
		client := http.DefaultClient
		if path == "/authorize" || path == "/end-session" {
			client = []*http.Client{b.client, w.browser().client}[random.IntN(2)]
		}
		a := w.send(client, req)
		if a.status < 400 || path == "/authorize" || path == "/end-session" {
			continue
		}
		e := parse(t, a)
		description, _ := e["error_description"].(string)
		if code, _ := e["error"].(string); !slices.Contains(registered, code) || strings.ContainsFunc(description, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
			t.Errorf("%s %s %q: %d %s", method, address, body, a.status, a.body)
		}
	}
	if !b.alive() {
		t.Error("garbage signed somebody out")
	}
}

func TestMethodsAndBodiesThatNoEndpointTakes(t *testing.T) {
	onEveryStore(t, testMethodsAndBodiesThatNoEndpointTakes)
}

func testMethodsAndBodiesThatNoEndpointTakes(t *testing.T, w *world) {
	for _, path := range []string{"/token", "/userinfo", "/authorize", "/end-session", "/jwks", "/.well-known/openid-configuration"} {
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, "BREW"} {
			if a := w.browser().do(method, path, nil); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") == "" {
				t.Errorf("%s %s: %d", method, path, a.status)
			}
		}
	}
	if a := w.browser().get("/token"); a.status != http.StatusMethodNotAllowed {
		t.Errorf("GET /token: %d", a.status)
	}
	for name, body := range map[string]io.Reader{
		"empty": http.NoBody, "oversized": strings.NewReader("grant_type=" + strings.Repeat("a", 20<<10)),
		"no parameters": strings.NewReader("&&&"), "not a form": strings.NewReader("{"),
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.Issuer+"/token", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if a := w.send(http.DefaultClient, req); a.status != http.StatusBadRequest || parse(t, a)["error"] != "invalid_request" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	a := w.browser().do(http.MethodPost, "/token", url.Values{"grant_type": {"password"}, "username": {"a"}, "password": {"b"}})
	if a.status != http.StatusBadRequest || parse(t, a)["error"] != "unsupported_grant_type" {
		t.Errorf("password grant: %d %s", a.status, a.body)
	}
	if parse(t, w.browser().do(http.MethodPost, "/token", url.Values{"x": {"y"}}))["error"] != "invalid_request" {
		t.Error("no grant type")
	}
	status, out, _ := w.redeem("portal", exchange("x", "code", ""))
	if status != http.StatusBadRequest || out["error"] != "invalid_request" {
		t.Errorf("no code: %d %v", status, out)
	}
}
