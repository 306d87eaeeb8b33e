package oidc_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func alone(change ...string) url.Values {
	form := url.Values{"grant_type": {"client_credentials"}}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

func asserted(text string) url.Values {
	return alone("client_assertion_type", assertionType, "client_assertion", text)
}

func TestPrivateKeyJWT(t *testing.T) { onEveryStore(t, testPrivateKeyJWT) }

func testPrivateKeyJWT(t *testing.T, w *world) {
	status, out, _ := w.redeem("service", alone())
	if status != http.StatusOK || out["token_type"] != "Bearer" || out["refresh_token"] != nil {
		t.Fatalf("%d %v", status, out)
	}
	now := w.clock.now().Unix()
	change := func(pairs ...any) string {
		m := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1]
		}
		return bankKey.assertion(w, "service", m)
	}
	for name, text := range map[string]string{
		"for the token endpoint": change("aud", w.Issuer+"/token"),
		"for several":            change("aud", []string{"https://other.example", w.Issuer}),
		"a clock ahead":          change("iat", now+9, "nbf", now+9),
		"no iat":                 change("iat", nil),
	} {
		if status, out, _ := w.redeem("service", asserted(text)); status != http.StatusOK {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	once := change()
	for name, text := range map[string]string{
		"of another key":             otherKey.assertion(w, "service", nil),
		"for another":                change("aud", "https://other.example"),
		"no audience":                change("aud", nil),
		"expired":                    change("exp", now),
		"no expiry":                  change("exp", nil),
		"for ever":                   change("exp", now+24*3600),
		"from the future":            change("iat", now+60),
		"not yet":                    change("nbf", now+60),
		"no jti":                     change("jti", nil),
		"another issuer":             change("iss", "bank"),
		"unknown client":             change("iss", "nobody", "sub", "nobody"),
		"a client that has a secret": change("iss", "portal", "sub", "portal"),
		"exp of a wrong type":        change("exp", "soon"),
		"unsigned":                   "eyJhbGciOiJub25lIn0." + strings.Split(once, ".")[1] + ".",
		"with a MAC":                 "eyJhbGciOiJIUzI1NiJ9." + strings.Split(once, ".")[1] + ".AAAA",
		"cut short":                  once[:len(once)-4],
		"garbage":                    "a.b.c",
		"huge":                       strings.Repeat("a", 8193),
	} {
		form := asserted(text)
		status, out, header := w.redeem("service", form)
		if name == "huge" {
			if status != http.StatusBadRequest {
				t.Errorf("%s: %d %v", name, status, out)
			}
			continue
		}
		if status != http.StatusUnauthorized || out["error"] != "invalid_client" || header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	if status, _, _ := w.redeem("service", asserted(once)); status != http.StatusOK {
		t.Error("a good assertion was refused")
	}
	if status, out, _ := w.redeem("service", asserted(once)); status != http.StatusUnauthorized {
		t.Errorf("used again: %d %v", status, out)
	}
	// The same jti of another client is another one.
	jti := map[string]any{"jti": "shared"}
	for _, id := range []string{"service", "bank"} {
		form := asserted(bankKey.assertion(w, id, jti))
		if status, out, _ := w.redeem(id, form); out["error"] == "invalid_client" {
			t.Errorf("%s: %d %v", id, status, out)
		}
	}
	for name, form := range map[string]url.Values{
		"another client_id":     alone("client_id", "bank", "client_assertion_type", assertionType, "client_assertion", change()),
		"another type":          alone("client_assertion_type", "x", "client_assertion", change()),
		"an assertion too many": alone("client_secret", "x", "client_assertion_type", assertionType, "client_assertion", change()),
	} {
		if status, out, _ := w.redeem("service", form); status == http.StatusOK {
			t.Errorf("%s: %v", name, out)
		}
	}
}

// TestFAPI2Audience: the issuer, as a single string, is all that counts (FAPI
// 2.0 Security Profile section 5.3.2.1).
func TestFAPI2Audience(t *testing.T) { onEveryStore(t, testFAPI2Audience) }

func testFAPI2Audience(t *testing.T, w *world) {
	for _, aud := range []any{w.Issuer + "/token", []string{w.Issuer}, []string{w.Issuer, "https://x.example"}} {
		a := w.post("/par", "bank", pushing("client_assertion_type", assertionType, "client_assertion", bankKey.assertion(w, "bank", map[string]any{"aud": aud})))
		if a.status != http.StatusUnauthorized {
			t.Errorf("%v: %d %s", aud, a.status, a.body)
		}
	}
}

// TestKeysByAddress: keys are fetched once, again for a kid that is not known,
// not for every kid that somebody makes up, and a dead address is an error that
// is told, and no token.
func TestKeysByAddress(t *testing.T) { onEveryStore(t, testKeysByAddress) }

func testKeysByAddress(t *testing.T, w *world) {
	keys, fetched, down := bankKey, 0, false
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		fetched++
		if down {
			http.Error(rw, "down", http.StatusInternalServerError)
			return
		}
		_, _ = rw.Write(keys.set())
	}))
	defer s.Close()
	register(t, w, storage.Client{ID: "remote", AuthMethod: "private_key_jwt", JWKSURI: s.URL, GrantTypes: []string{"client_credentials"}})
	ask := func(k clientKey) (int, map[string]any) {
		status, out, _ := w.redeem("remote", asserted(k.assertion(w, "remote", nil)))
		return status, out
	}
	for range 3 {
		if status, out := ask(bankKey); status != http.StatusOK {
			t.Fatalf("%d %v", status, out)
		}
	}
	if fetched != 1 {
		t.Errorf("fetched %d times", fetched)
	}
	for range 5 {
		text := otherKey.sign("JWT", false, map[string]any{"iss": "remote", "sub": "remote", "aud": w.Issuer})
		if status, out, _ := w.redeem("remote", asserted(text)); status != http.StatusUnauthorized {
			t.Errorf("%d %v", status, out)
		}
	}
	if fetched != 1 {
		t.Errorf("fetched %d times for a key that does not fit", fetched)
	}
	down = true
	w.clock.add(30 * time.Minute) // the set has to be asked for again
	if status, out := ask(bankKey); status != http.StatusOK {
		t.Errorf("known keys were forgotten: %d %v", status, out)
	}
	w.clock.add(48 * time.Hour)
	began := time.Now()
	status, out := ask(bankKey)
	if status != http.StatusUnauthorized || out["error"] != "invalid_client" || !strings.Contains(fmt.Sprint(out["error_description"]), "jwks_uri") {
		t.Errorf("%d %v", status, out)
	}
	if time.Since(began) > 20*time.Second {
		t.Error("it took too long")
	}
	down, keys = false, otherKey
	w.clock.add(time.Minute)
	if status, out := ask(otherKey); status != http.StatusOK {
		t.Errorf("the new key, after the address came back: %d %v", status, out)
	}
}

// register adds a client to the world.
func register(t *testing.T, w *world, c storage.Client) {
	t.Helper()
	c.Name, c.CreatedAt, c.UpdatedAt = c.ID, begun, w.clock.now().Add(time.Second)
	if c.Scopes == nil {
		c.Scopes = []string{"openid", "profile", "api:read"}
	}
	if err := w.Store.Tx(context.Background(), func(tx storage.Tx) error { return tx.Clients().Insert(context.Background(), c) }); err != nil {
		t.Fatal(err)
	}
	if err := w.Clients.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestAssertionsOfSMART: SMART App Launch section 5.1.3 lets them live for five
// minutes, and sends them to the token endpoint.
func TestAssertionsOfSMART(t *testing.T) { onEveryStore(t, testAssertionsOfSMART) }

func testAssertionsOfSMART(t *testing.T, w *world) {
	w.change("service", func(c *storage.Client) { c.Profile = "smart" })
	now := w.clock.now().Unix()
	for exp, want := range map[int64]int{now + 299: http.StatusOK, now + 600: http.StatusUnauthorized} {
		text := bankKey.assertion(w, "service", map[string]any{"aud": w.Issuer + "/token", "exp": exp})
		if status, out, _ := w.redeem("service", asserted(text)); status != want {
			t.Errorf("exp %d s ahead: %d %v", exp-now, status, out)
		}
	}
}

func TestCertificates(t *testing.T) { onEveryStore(t, testCertificates) }

func testCertificates(t *testing.T, w *world) {
	header, thumbprint := bankKey.certificate(begun)
	foreign, _ := otherKey.certificate(begun)
	old, _ := bankKey.certificate(begun.Add(-24 * time.Hour))
	with := func(values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header["Client-Cert"] = values }
	}
	form := alone("client_id", "mesh")
	status, out, _ := w.redeem("mesh", form, with(header))
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, out)
	}
	claims, _ := w.claimsOf(out["access_token"])
	if cnf, _ := claims["cnf"].(map[string]any); cnf["x5t#S256"] != thumbprint {
		t.Errorf("cnf %v, want %s", claims["cnf"], thumbprint)
	}
	for name, change := range map[string]func(*http.Request){
		"none": with(), "another key": with(foreign), "expired": with(old), "two": with(header, header),
		"garbage": with(":AAAA:"), "no item": with(strings.Trim(header, ":")),
	} {
		if status, out, _ := w.redeem("mesh", form, change); status != http.StatusUnauthorized {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	// A header of whom we do not trust is not looked at.
	w.Certificates.Proxies.Trusted = nil
	if status, out, _ := w.redeem("mesh", form, with(header)); status != http.StatusUnauthorized {
		t.Errorf("from anybody: %d %v", status, out)
	}
}

// Who knows nothing but the id of a client cannot fill the audit log.
func TestFailedAuthenticationsDoNotFillTheLog(t *testing.T) {
	w := newWorld(t, embeddedStores)
	for range 350 {
		a := w.bearer("POST", "/token", "", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"post"}, "client_secret": {"wrong"},
		})
		if a.status != http.StatusUnauthorized {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if n := w.count("token.denied"); n < 100 || n > 101 {
		t.Errorf("%d failures are recorded, want about 100", n)
	}
	before := w.count("token.denied")
	w.clock.add(11 * time.Second)
	w.bearer("POST", "/token", "", url.Values{"grant_type": {"client_credentials"}, "client_id": {"post"}, "client_secret": {"wrong"}})
	if n := w.count("token.denied"); n != before+1 {
		t.Errorf("ten seconds later: %d, want one more than %d", n, before)
	}
}
