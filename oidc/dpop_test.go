package oidc_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// withProof asks UserInfo with a token and a proof.
func (w *world) withProof(scheme, token string, proofs ...string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.Issuer+"/userinfo", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", scheme+" "+token)
	req.Header["Dpop"] = proofs
	return w.send(http.DefaultClient, req)
}

func TestDPoPAtTheTokenEndpoint(t *testing.T) { onEveryStore(t, testDPoPAtTheTokenEndpoint) }

func testDPoPAtTheTokenEndpoint(t *testing.T, w *world) {
	b := w.browser()
	proof := func(change map[string]any) func(*http.Request) {
		text := bankKey.proof(w, "POST", "/token", "", change)
		return func(r *http.Request) { r.Header.Set("DPoP", text) }
	}
	now := w.clock.now().Unix()
	for name, change := range map[string]func(*http.Request){
		"another method":  proof(map[string]any{"htm": "GET"}),
		"another address": proof(map[string]any{"htu": w.Issuer + "/par"}),
		"another host":    proof(map[string]any{"htu": "https://evil.example/token"}),
		"no address":      proof(map[string]any{"htu": nil}),
		"no jti":          proof(map[string]any{"jti": nil}),
		"a long jti":      proof(map[string]any{"jti": strings.Repeat("j", 257)}),
		"old":             proof(map[string]any{"iat": now - 61}),
		"ahead":           proof(map[string]any{"iat": now + 16}),
		"no iat":          proof(map[string]any{"iat": nil}),
		"twice":           func(r *http.Request) { r.Header["Dpop"] = []string{"a", "b"} },
		"garbage":         func(r *http.Request) { r.Header.Set("DPoP", "a.b.c") },
		"empty":           func(r *http.Request) { r.Header.Set("DPoP", "") },
		"no key in it":    func(r *http.Request) { r.Header.Set("DPoP", bankKey.sign("dpop+jwt", false, map[string]any{})) },
		"another type":    func(r *http.Request) { r.Header.Set("DPoP", bankKey.sign("JWT", true, map[string]any{})) },
	} {
		status, out, header := w.redeem("spa", exchange("irrelevant"), change)
		if status != http.StatusBadRequest || out["error"] != "invalid_dpop_proof" || header.Get("DPoP-Nonce") == "" {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	// The same address, otherwise written.
	loose := proof(map[string]any{"htu": strings.Replace(w.Issuer, "http", "HTTP", 1) + "/token?x=1#y"})
	status, out, _ := w.redeem("spa", exchange(b.code("spa")), loose)
	if status != http.StatusOK || out["token_type"] != "DPoP" {
		t.Fatalf("%d %v", status, out)
	}
	claims, _ := w.claimsOf(out["access_token"])
	if cnf, _ := claims["cnf"].(map[string]any); cnf["jkt"] != bankKey.thumbprint() {
		t.Errorf("cnf %v", claims["cnf"])
	}
	if status, out, _ := w.redeem("spa", exchange(b.code("spa")), loose); status != http.StatusBadRequest || out["error"] != "invalid_dpop_proof" {
		t.Errorf("a proof was used again: %d %v", status, out)
	}
	// The refresh token of a public client stays with the key (RFC 9449 section
	// 5).
	token, _ := out["refresh_token"].(string)
	for name, change := range map[string]func(*http.Request){"another key": otherKey.proving(w, "/token"), "no key": func(*http.Request) {}} {
		if status, out, _ := w.redeem("spa", refreshing(token), change); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
			t.Errorf("refresh with %s: %d %v", name, status, out)
		}
	}
	if status, out, _ := w.redeem("spa", refreshing(token), proof(nil)); status != http.StatusOK || out["token_type"] != "DPoP" {
		t.Errorf("refresh: %d %v", status, out)
	}
	// Who has to prove cannot do without, and keeps the refresh token.
	code := b.follow(b.get(byURI("bank", w.push("bank", pushing())))).Query().Get("code")
	if status, out, _ := w.redeem("bank", exchange(code)); status != http.StatusBadRequest || out["error"] != "invalid_dpop_proof" {
		t.Errorf("no proof: %d %v", status, out)
	}
	status, out, _ = w.redeem("bank", exchange(code), proof(nil))
	if status != http.StatusOK {
		t.Fatalf("the code was spent by a request without a proof: %d %v", status, out)
	}
	first := out["refresh_token"]
	for range 2 {
		status, out, _ = w.redeem("bank", refreshing(first.(string)), proof(nil))
		if status != http.StatusOK || out["refresh_token"] != first {
			t.Errorf("not rotated: %d %v", status, out)
		}
	}
}

func TestDPoPNonce(t *testing.T) { onEveryStore(t, testDPoPNonce) }

func testDPoPNonce(t *testing.T, w *world) {
	w.Proofs.RequireNonce = true
	status, out, header := w.redeem("service", alone(), bankKey.proving(w, "/token"))
	nonce := header.Get("DPoP-Nonce")
	if status != http.StatusBadRequest || out["error"] != "use_dpop_nonce" || nonce == "" {
		t.Fatalf("%d %v %v", status, out, header)
	}
	with := func(nonce string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("DPoP", bankKey.proof(w, "POST", "/token", "", map[string]any{"nonce": nonce}))
		}
	}
	if status, out, _ := w.redeem("service", alone(), with(nonce)); status != http.StatusOK {
		t.Errorf("%d %v", status, out)
	}
	if status, out, _ := w.redeem("service", alone(), with("made up")); status != http.StatusBadRequest || out["error"] != "use_dpop_nonce" {
		t.Errorf("made up: %d %v", status, out)
	}
	w.clock.add(10 * time.Minute)
	if status, out, _ := w.redeem("service", alone(), with(nonce)); status != http.StatusBadRequest || out["error"] != "use_dpop_nonce" {
		t.Errorf("old: %d %v", status, out)
	}
}

func TestDPoPAtUserinfo(t *testing.T) { onEveryStore(t, testDPoPAtUserinfo) }

func testDPoPAtUserinfo(t *testing.T, w *world) {
	b := w.browser()
	_, out, _ := w.redeem("spa", exchange(b.code("spa")), bankKey.proving(w, "/token"))
	token, _ := out["access_token"].(string)
	bearer, _ := b.tokens("spa")["access_token"].(string)
	proof := func(change map[string]any) string { return bankKey.proof(w, "GET", "/userinfo", token, change) }
	once := proof(nil)
	if a := w.withProof("DPoP", token, once); a.status != http.StatusOK || parse(t, a)["name"] != "Ada Quill" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for name, tc := range map[string]struct {
		a         answer
		challenge string
	}{
		"used again":        {w.withProof("DPoP", token, once), `DPoP error="invalid_dpop_proof"`},
		"no proof":          {w.withProof("DPoP", token), `DPoP error="invalid_dpop_proof"`},
		"two proofs":        {w.withProof("DPoP", token, proof(nil), proof(nil)), `DPoP error="invalid_dpop_proof"`},
		"as a bearer":       {w.withProof("Bearer", token, proof(nil)), `Bearer realm="claviger", error="invalid_token"`},
		"another key":       {w.withProof("DPoP", token, otherKey.proof(w, "GET", "/userinfo", token, nil)), `DPoP realm="claviger", error="invalid_token"`},
		"another token":     {w.withProof("DPoP", token, bankKey.proof(w, "GET", "/userinfo", bearer, nil)), `DPoP error="invalid_dpop_proof"`},
		"no hash":           {w.withProof("DPoP", token, proof(map[string]any{"ath": nil})), `DPoP error="invalid_dpop_proof"`},
		"for POST":          {w.withProof("DPoP", token, proof(map[string]any{"htm": "POST"})), `DPoP error="invalid_dpop_proof"`},
		"a bearer's scheme": {w.withProof("DPoP", bearer, proof(nil)), `DPoP realm="claviger", error="invalid_token"`},
	} {
		if tc.a.status != http.StatusUnauthorized || !strings.Contains(tc.a.header.Get("WWW-Authenticate"), tc.challenge) {
			t.Errorf("%s: %d %s %s", name, tc.a.status, tc.a.header.Get("WWW-Authenticate"), tc.a.body)
		}
	}
}
