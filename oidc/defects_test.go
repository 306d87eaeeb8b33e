package oidc_test

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// TestDefectsOfTheEngine has a subtest for each known defect of the engine behind
// the seam that no other test is about; docs/adr/0004 says which test is about
// which.
func TestDefectsOfTheEngine(t *testing.T) {
	onEveryStore(t, func(_ *testing.T, w *world) { engineDefects(w).run(w) })
}

func engineDefects(w *world) modules {
	all := modules{}
	for _, some := range []modules{codeDefects(w), pushedDefects(w), objectDefects(w), clientDefects(w), answerDefects(w), tokenDefects(w)} {
		for name, run := range some {
			all[name] = run
		}
	}
	return all
}

// atOnce does something many times at once and returns how often it was so.
func atOnce(n int, so func() bool) int {
	var (
		all  sync.WaitGroup
		many atomic.Int64
	)
	for range n {
		all.Go(func() {
			if so() {
				many.Add(1)
			}
		})
	}
	all.Wait()
	return int(many.Load())
}

func codeDefects(w *world) modules {
	refused := func(t *testing.T, what string, status int, out map[string]any, want string) {
		t.Helper()
		if status != http.StatusBadRequest || out["error"] != want {
			t.Errorf("%s: %d %v, want %s", what, status, out, want)
		}
	}
	return modules{
		// A first try with a wrong verifier must not take the challenge away.
		"pkce-downgrade": func(t *testing.T) {
			code := w.browser().code("legacy")
			status, out, _ := w.redeem("legacy", exchange(code, "code_verifier", strings.Repeat("x", 43)))
			refused(t, "a wrong verifier", status, out, "invalid_grant")
			status, out, _ = w.redeem("legacy", exchange(code, "code_verifier", ""))
			refused(t, "then none", status, out, "invalid_grant")
		},
		// The tokens of others, and those that the code brought, have nothing to
		// do with a device code that comes again.
		"device-code-reuse": func(t *testing.T) {
			b := w.browser()
			other := b.tokens("portal")
			codes := w.beginDevice()
			a := b.get(b.do(http.MethodPost, "/device", enter(codes)).location(t).Path)
			a = b.do(http.MethodPost, a.location(t).Path, url.Values{"answer": {"allow"}})
			b.get(a.location(t).Path)
			if status, out := w.poll("screen", codes); status != http.StatusOK {
				t.Fatalf("%d %v", status, out)
			}
			status, out := w.poll("screen", codes)
			refused(t, "again", status, out, "expired_token")
			w.refresh("portal", other["refresh_token"])
		},
		"device-code-of-another-client-while-pending": func(t *testing.T) {
			codes := w.beginDevice()
			register(t, w, storage.Client{ID: "panel", AuthMethod: "none", GrantTypes: []string{deviceGrant}})
			status, out := w.poll("panel", codes)
			refused(t, "another client's", status, out, "expired_token")
		},
		"device-code-expired-while-pending": func(t *testing.T) {
			codes := w.beginDevice()
			w.clock.add(10 * time.Minute)
			status, out := w.poll("screen", codes)
			refused(t, "expired", status, out, "expired_token")
		},
		// Who can make up half a refresh token must not end anybody's grant.
		"refresh-reuse-before-its-mac": func(t *testing.T) {
			out := w.browser().tokens("portal")
			first := out["refresh_token"].(string)
			second := w.refresh("portal", w.refresh("portal", first)["refresh_token"])
			for i := range []int{0, 1} { // either end of a token that is two generations old
				forged := []byte(first)
				at := []int{0, len(forged) - 2}[i]
				forged[at] = map[bool]byte{true: 'A', false: 'B'}[forged[at] == 'B']
				status, out, _ := w.redeem("portal", refreshing(string(forged)))
				refused(t, "forged", status, out, "invalid_grant")
			}
			status, out, _ := w.redeem("post", refreshing(first))
			refused(t, "by another client", status, out, "invalid_grant")
			w.refresh("portal", second["refresh_token"])
		},
		"unknown-grant": func(t *testing.T) {
			status, out, _ := w.redeem("portal", url.Values{"grant_type": {"password"}})
			refused(t, "unknown", status, out, "unsupported_grant_type")
		},
		"parameters-twice-at-the-token-endpoint": func(t *testing.T) {
			for _, name := range []string{"code", "grant_type", "code_verifier", "redirect_uri", "unknown"} {
				form := exchange(w.browser().code("portal"), "unknown", "x")
				form[name] = append(form[name], form.Get(name))
				status, out, _ := w.redeem("portal", form)
				refused(t, name, status, out, "invalid_request")
			}
		},
	}
}

func pushedDefects(w *world) modules {
	return modules{
		// Nothing that stands in the address is mixed into a pushed request.
		"pushed-request-with-more-in-the-address": func(t *testing.T) {
			b := w.browser()
			b.code("portal")
			evil := strings.Repeat("e", 43)
			uri := w.push("bank", pushing("nonce", ""))
			address := byURI("bank", uri) + "&" + url.Values{
				"nonce": {"beside"}, "prompt": {"login"}, "max_age": {"0"}, "code_challenge": {challengeOf(evil)}, "code_challenge_method": {"S256"},
				"redirect_uri": {"https://evil.example/"}, "scope": {"openid email"}, "response_mode": {"form_post"}, "acr_values": {"x"},
				"claims": {`{"id_token":{"email":null}}`}, "resource": {"https://labs.example/"}, "dpop_jkt": {otherKey.thumbprint()},
			}.Encode()
			back := b.get(address).location(t) // at once: neither prompt nor max_age count
			if back.Host != "rp.example" || back.Query().Get("code") == "" {
				t.Fatalf("went to %s", back)
			}
			status, out, _ := w.redeem("bank", exchange(back.Query().Get("code")), bankKey.proving(w, "/token"))
			if status != http.StatusOK || out["scope"] != "openid profile" {
				t.Fatalf("%d %v", status, out)
			}
			id, _ := w.claimsOf(out["id_token"])
			at, _ := w.claimsOf(out["access_token"])
			if id["nonce"] != nil || id["email"] != nil || !slices.Contains(at["aud"].([]any), any("https://api.example/")) {
				t.Errorf("%v %v", id, at)
			}
		},
		"pushed-request-holds-no-credentials": func(t *testing.T) {
			form := pushing()
			for _, c := range []struct{ id, hidden string }{{"portal", clientSecret}, {"post", clientSecret}, {"bank", assertionType}} {
				uri := w.push(c.id, form)
				id := uri[strings.LastIndex(uri, ":")+1:]
				kept, err := w.Requests.Get(t.Context(), "pushed:"+base64.RawURLEncoding.EncodeToString(secret.Hash(id)), w.clock.now())
				if err != nil {
					t.Fatal(err)
				}
				for _, hidden := range []string{c.hidden, "client_secret", "client_assertion", id} {
					if strings.Contains(string(kept.State), hidden) {
						t.Errorf("%s: what is kept holds %s", c.id, hidden)
					}
				}
			}
		},
		"pushed-request-is-not-burnt-by-another-client": func(t *testing.T) {
			b := w.browser()
			uri := w.push("bank", pushing())
			if a := b.get(byURI("portal", uri)); a.status != http.StatusBadRequest {
				t.Fatalf("%d %v", a.status, a.header)
			}
			if b.follow(b.get(byURI("bank", uri))).Query().Get("code") == "" {
				t.Error("the client that it is of got no code")
			}
		},
		"pushed-request-brings-one-code": func(t *testing.T) {
			b := w.browser()
			b.code("portal")
			uri := w.push("bank", pushing())
			if n := atOnce(20, func() bool {
				return strings.Contains(b.get(byURI("bank", uri)).header.Get("Location"), "code=")
			}); n != 1 {
				t.Errorf("%d codes", n)
			}
		},
		"pushing-is-asked-of-some-clients-only": func(t *testing.T) {
			b := w.browser()
			b.code("portal")
			if q := b.get(ask("bank")).location(t).Query(); q.Get("error") != "invalid_request" {
				t.Errorf("%v", q)
			}
		},
	}
}

func objectDefects(w *world) modules {
	// sent goes to the authorization endpoint with a signed request; beside it
	// stands what the specification wants there (RFC 9101 section 5).
	sent := func(t *testing.T, b *browser, scope string, change map[string]any) answer {
		t.Helper()
		if _, known := w.Clients.Get("signing"); !known {
			register(t, w, signing)
		}
		return b.get("/authorize?" + url.Values{
			"client_id": {"signing"}, "response_type": {"code"}, "scope": {scope}, "request": {object(w, "signing", change)},
		}.Encode())
	}
	return modules{
		// Numbers and objects in a request object mean what they say.
		"request-object-with-numbers-and-objects": func(t *testing.T) {
			b := w.browser()
			b.code("portal")
			w.clock.add(2 * time.Second)
			if a := sent(t, b, "openid", map[string]any{"max_age": 1}); !strings.HasSuffix(a.location(t).Path, "/sign-in") {
				t.Errorf("max_age was not seen: %v", a.header)
			}
			back := sent(t, b, "openid", map[string]any{"max_age": 3600, "claims": map[string]any{"id_token": map[string]any{"given_name": nil}}}).location(t)
			form := exchange(back.Query().Get("code"))
			status, out, _ := w.redeem("signing", form)
			if status != http.StatusOK {
				t.Fatalf("%s: %d %v", back, status, out)
			}
			if id, _ := w.claimsOf(out["id_token"]); id["given_name"] != "Ada" || id["auth_time"] == nil {
				t.Errorf("%v", id)
			}
		},
		"request-object-without-openid-beside-it": func(t *testing.T) {
			b := w.browser()
			b.code("portal")
			if q := sent(t, b, "profile", nil).location(t).Query(); q.Get("code") == "" || q.Get("state") != "inside" {
				t.Errorf("%v", q)
			}
		},
		"request-object-of-alg-none": func(t *testing.T) {
			none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(object(w, "portal", nil), ".")[1] + "."
			b := w.browser()
			b.code("portal")
			for _, beside := range []string{"openid", "profile"} {
				if q := b.get(ask("portal", "request", none, "scope", beside)).location(t).Query(); q.Get("error") != "invalid_request_object" || q.Has("code") {
					t.Errorf("%v", q)
				}
			}
		},
		// Nobody can have this server fetch anything by naming it in a request.
		"request-uri-is-not-fetched": func(t *testing.T) {
			var fetched atomic.Int64
			s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched.Add(1) }))
			defer s.Close()
			b := w.browser()
			for _, id := range []string{"portal", "bank"} {
				if q := b.get(ask(id, "request_uri", s.URL)).location(t).Query(); q.Get("error") != "request_uri_not_supported" {
					t.Errorf("%v", q)
				}
			}
			if fetched.Load() != 0 {
				t.Error("it was fetched")
			}
		},
	}
}

func clientDefects(w *world) modules {
	return modules{
		"assertion-is-used-once-also-at-once": func(t *testing.T) {
			text := bankKey.assertion(w, "service", nil)
			if n := atOnce(20, func() bool { status, _, _ := w.redeem("service", asserted(text)); return status == http.StatusOK }); n != 1 {
				t.Errorf("%d requests with one assertion were answered", n)
			}
		},
		// Its identifier is spent by a good assertion only.
		"assertion-is-not-spent-by-a-bad-one": func(t *testing.T) {
			for name, change := range map[string]map[string]any{
				"another audience": {"aud": "https://other.example", "jti": "aud"}, "expired": {"exp": w.clock.now().Unix() - 1, "jti": "exp"},
			} {
				if status, out, _ := w.redeem("service", asserted(bankKey.assertion(w, "service", change))); status != http.StatusUnauthorized {
					t.Fatalf("%s: %d %v", name, status, out)
				}
				good := bankKey.assertion(w, "service", map[string]any{"jti": change["jti"]})
				if status, out, _ := w.redeem("service", asserted(good)); status != http.StatusOK {
					t.Errorf("%s, then good: %d %v", name, status, out)
				}
			}
		},
		// A client without a secret is not one with an empty secret.
		"no-secret-is-no-empty-secret": func(t *testing.T) {
			for _, id := range []string{"service", "bank", "mesh", "screen"} {
				for _, given := range []string{"", "x"} {
					req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.Issuer+"/token", strings.NewReader(alone().Encode()))
					if err != nil {
						t.Fatal(err)
					}
					req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					req.SetBasicAuth(id, given)
					if a := w.send(http.DefaultClient, req); a.status != http.StatusUnauthorized || parse(t, a)["error"] != "invalid_client" {
						t.Errorf("%s with %q: %d %s", id, given, a.status, a.body)
					}
				}
			}
		},
		"challenge-on-401": func(t *testing.T) {
			for name, form := range map[string]url.Values{
				"nobody": exchange("x"), "an assertion": asserted("a.b.c"), "unknown": exchange("x", "client_id", "nobody"),
			} {
				a := w.browser().do(http.MethodPost, "/token", form)
				if a.status != http.StatusUnauthorized || a.header.Get("WWW-Authenticate") == "" || parse(t, a)["error"] != "invalid_client" {
					t.Errorf("%s: %d %v %s", name, a.status, a.header, a.body)
				}
			}
		},
		// Keys are fetched from where it is allowed, and not without bound.
		"keys-are-not-fetched-from-everywhere": func(t *testing.T) {
			var fetched atomic.Int64
			listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.2:0") // 127.0.0.1 alone is allowed
			if err != nil {
				t.Fatal(err)
			}
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
				fetched.Add(1)
				_, _ = rw.Write(bankKey.set())
			}))
			_ = s.Listener.Close()
			s.Listener = listener
			s.Start()
			defer s.Close()
			endless := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
				_, _ = rw.Write(slices.Concat(bankKey.set()[:len(bankKey.set())-1], []byte(strings.Repeat(" ", 8<<20)+"}")))
			}))
			defer endless.Close()
			for id, address := range map[string]string{"inner": s.URL, "endless": endless.URL} {
				register(t, w, storage.Client{ID: id, AuthMethod: "private_key_jwt", JWKSURI: address, GrantTypes: []string{"client_credentials"}})
				if status, out, _ := w.redeem(id, asserted(bankKey.assertion(w, id, nil))); status != http.StatusUnauthorized {
					t.Errorf("%s: %d %v", id, status, out)
				}
			}
			if fetched.Load() != 0 {
				t.Error("keys were fetched from an address that is not allowed")
			}
		},
		"keys-are-not-fetched-for-every-kid": func(t *testing.T) {
			var fetched atomic.Int64
			s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
				fetched.Add(1)
				_, _ = rw.Write(bankKey.set())
			}))
			defer s.Close()
			register(t, w, storage.Client{ID: "kids", AuthMethod: "private_key_jwt", JWKSURI: s.URL, GrantTypes: []string{"client_credentials"}})
			for range 5 {
				now := w.clock.now().Unix()
				text := signedAs(jose.ES256, jose.JSONWebKey{Key: otherKey.private, KeyID: secret.NewID()}, "JWT", false, map[string]any{
					"iss": "kids", "sub": "kids", "aud": w.Issuer, "iat": now, "exp": now + 60, "jti": secret.NewID(),
				})
				if status, out, _ := w.redeem("kids", asserted(text)); status != http.StatusUnauthorized {
					t.Errorf("%d %v", status, out)
				}
			}
			if n := fetched.Load(); n != 1 {
				t.Errorf("fetched %d times for kids that somebody made up", n)
			}
		},
		"loopback-redirect-of-another-scheme": func(t *testing.T) {
			register(t, w, storage.Client{ID: "native", AuthMethod: "none", RedirectURIs: []string{"https://127.0.0.1/cb", "http://[::1]/cb", "http://localhost/cb"}, GrantTypes: []string{"authorization_code"}})
			for _, tc := range [][2]string{
				{"native", "http://127.0.0.1:555/cb"}, {"native", "https://127.0.0.1:555/cb"}, {"native", "http://localhost:555/cb"}, {"native", "http://u@[::1]:555/cb"},
				{"native", "http://[::1]:555/cb#f"}, {"native", "http://[::1]:555/cb?x"}, {"spa", "https://127.0.0.1:555/cb"}, {"spa", "http://127.0.0.1:555/other"}, {"portal", callback + ":80"},
			} {
				if a := w.browser().get(ask(tc[0], "redirect_uri", tc[1])); a.status != http.StatusBadRequest || a.header.Get("Location") != "" {
					t.Errorf("%s: %d %v", tc[1], a.status, a.header)
				}
			}
			if a := w.browser().get(ask("native", "redirect_uri", "http://[::1]:555/cb")); a.status != http.StatusSeeOther {
				t.Errorf("%d %s", a.status, a.body)
			}
		},
	}
}

func answerDefects(w *world) modules {
	return modules{
		"short-state-and-nonce": func(t *testing.T) {
			b := w.browser()
			back := b.follow(b.get(ask("portal", "state", "s", "nonce", "n")))
			if back.Query().Get("state") != "s" || back.Query().Get("code") == "" {
				t.Fatalf("%s", back)
			}
			_, out, _ := w.redeem("portal", exchange(back.Query().Get("code")))
			if id, _ := w.claimsOf(out["id_token"]); id["nonce"] != "n" {
				t.Errorf("%v", id)
			}
			if back := b.get(ask("portal", "state", "")).location(t); back.Query().Has("state") || back.Query().Get("code") == "" {
				t.Errorf("without a state: %s", back)
			}
		},
		// Descriptions are in the characters of RFC 6749 section 5.2, whatever
		// was sent.
		"descriptions-hold-plain-characters": func(t *testing.T) {
			evil := "é\"\\\t<script>"
			out := w.browser().tokens("portal")
			form := refreshing(out["refresh_token"].(string), "scope", evil)
			_, got, _ := w.redeem("portal", form)
			said := []string{got["error_description"].(string)}
			for _, name := range []string{"scope", "response_type", "prompt", "response_mode", "code_challenge_method", "max_age", "resource"} {
				if q := w.browser().get(ask("portal", name, evil)).location(t).Query(); q.Get("error") != "" {
					said = append(said, q.Get("error_description"))
				}
			}
			for _, text := range said {
				if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
					t.Errorf("%q", text)
				}
			}
			if len(said) < 6 {
				t.Errorf("only %d were refused", len(said))
			}
		},
		"errors-before-the-redirect-are-pages": func(t *testing.T) {
			for _, address := range []string{ask("portal", "redirect_uri", "https://evil.example/"), ask("nobody"), ask("portal", "redirect_uri", ""), "/authorize"} {
				if a := w.browser().get(address); a.status != http.StatusBadRequest || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || a.header.Get("Location") != "" {
					t.Errorf("%s: %d %v", address, a.status, a.header)
				}
			}
		},
		"form-post-to-a-scheme-of-its-own": func(t *testing.T) {
			b := w.browser()
			b.code("portal")
			a := b.get(ask("spa", "redirect_uri", "com.example.app:/cb", "response_mode", "form_post"))
			if a.status != http.StatusOK || !strings.Contains(a.body, `action="com.example.app:/cb"`) || strings.Contains(a.body, "onload") ||
				!strings.Contains(a.header.Get("Content-Security-Policy"), "'nonce-") || strings.Contains(a.header.Get("Content-Security-Policy"), "unsafe-inline") {
				t.Errorf("%d %v %s", a.status, a.header, a.body)
			}
		},
		"revocation-while-a-store-is-down": func(t *testing.T) {
			out := w.browser().tokens("portal")
			w.expectDown = true
			defer func() { w.expectDown = false }()
			for token, part := range map[string]string{"refresh_token": "durable write", "access_token": "marks write"} {
				w.trips.failing(part, storage.ErrUnavailable, func() {
					if a := w.post("/revoke", "portal", about(out[token])); a.status != http.StatusServiceUnavailable || parse(t, a)["error"] != "temporarily_unavailable" {
						t.Errorf("%s: %d %s", token, a.status, a.body)
					}
				})
			}
			// It was not revoked, and nobody was told that it was.
			w.refresh("portal", out["refresh_token"])
		},
		"access-token-in-the-address": func(t *testing.T) {
			token := w.browser().tokens("portal")["access_token"].(string)
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				if a := w.bearer(method, "/userinfo?access_token="+token, "", nil); a.status != http.StatusUnauthorized {
					t.Errorf("%s: %d %s", method, a.status, a.body)
				}
			}
		},
	}
}

func tokenDefects(w *world) modules {
	return modules{
		"claims-that-no-specification-has": func(t *testing.T) {
			b := w.browser()
			out := b.tokens("portal", "acr_values", "phr urn:x")
			id, _ := w.claimsOf(out["id_token"])
			if id["rat"] != nil || id["acr"] == "0" || id["aud"] != "portal" {
				t.Errorf("%v", id)
			}
			at, head := w.claimsOf(out["access_token"])
			if aud, _ := at["aud"].([]any); head["typ"] != "at+jwt" || at["scp"] != nil || at["scope"] != "openid profile" || len(aud) == 0 || at["client_id"] != "portal" {
				t.Errorf("%v %v", head, at)
			}
		},
		// A refreshed token is as young as it says.
		"times-of-refreshed-tokens": func(t *testing.T) {
			b := w.browser()
			out := b.tokens("portal")
			first, _ := w.claimsOf(out["access_token"])
			w.clock.add(2 * time.Minute)
			again := w.refresh("portal", out["refresh_token"])
			second, _ := w.claimsOf(again["access_token"])
			id, _ := w.claimsOf(again["id_token"])
			if second["iat"].(float64)-first["iat"].(float64) != 120 || second["exp"].(float64)-second["iat"].(float64) != 300 || second["jti"] == first["jti"] {
				t.Errorf("%v then %v", first, second)
			}
			if id["nonce"] != nil || id["auth_time"] != first["auth_time"] || id["iat"] != second["iat"] {
				t.Errorf("%v", id)
			}
		},
		"max-age-0": func(t *testing.T) {
			b := w.browser()
			b.code("portal")
			if a := b.get(ask("portal", "max_age", "0")); !strings.HasSuffix(a.location(t).Path, "/sign-in") {
				t.Errorf("%v", a.header)
			}
			if q := b.get(ask("portal", "max_age", "0", "prompt", "none")).location(t).Query(); q.Get("error") != "login_required" {
				t.Errorf("%v", q)
			}
		},
		// What an earlier key has signed is known, as a hint and as a token.
		"tokens-of-the-key-before": func(t *testing.T) {
			b := w.browser()
			out := b.tokens("portal")
			_, before := w.claimsOf(out["id_token"])
			if _, err := w.Keys.RotateNow(t.Context(), "ES256", "", anOperator); err != nil {
				t.Fatal(err)
			}
			if err := w.Keys.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.clock.add(keys.Announced)
			b = w.browser()
			later := b.tokens("portal")
			if _, after := w.claimsOf(later["id_token"]); after["kid"] == before["kid"] {
				t.Fatal("the key did not change")
			}
			if q := b.get(ask("portal", "prompt", "none", "id_token_hint", out["id_token"].(string))).location(t).Query(); q.Get("code") == "" {
				t.Errorf("a hint of the key before: %v", q)
			}
			// A code that was asked for with a hint needs it no more.
			code := b.code("portal", "id_token_hint", out["id_token"].(string))
			if status, out, _ := w.redeem("portal", exchange(code)); status != http.StatusOK {
				t.Errorf("%d %v", status, out)
			}
		},
		"id-token-is-no-access-token": func(t *testing.T) {
			out := w.browser().tokens("portal")
			if a := w.userinfo(out["id_token"]); a.status != http.StatusUnauthorized {
				t.Errorf("%d %s", a.status, a.body)
			}
			if got := parse(t, w.post("/introspect", "portal", about(out["id_token"]))); got["active"] != false {
				t.Errorf("%v", got)
			}
		},
		"code-is-remembered": func(t *testing.T) {
			code := w.browser().code("portal")
			status, out, _ := w.redeem("portal", exchange(code))
			if status != http.StatusOK {
				t.Fatalf("%d %v", status, out)
			}
			w.clock.add(10 * time.Minute)
			if status, out, _ := w.redeem("portal", exchange(code)); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
				t.Errorf("%d %v", status, out)
			}
			if status, out, _ := w.redeem("portal", refreshing(out["refresh_token"].(string))); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
				t.Errorf("the grant lives: %d %v", status, out)
			}
		},
	}
}
