package oidc_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

const (
	grantJWTBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	partner        = "https://partner.example"
)

var partnerKey = newClientKey()

// trust has a confidential client bring assertions of the partner, whose key is
// the one given.
func (w *world) trust(keys string, uri string) {
	w.t.Helper()
	if err := w.Store.Tx(w.t.Context(), func(tx storage.Tx) error {
		c, err := tx.Clients().Get(w.t.Context(), "service")
		if err != nil {
			return err
		}
		c.GrantTypes = append(c.GrantTypes, grantJWTBearer)
		c.AssertionIssuers = []storage.AssertionIssuer{{Issuer: partner, JWKS: []byte(keys), JWKSURI: uri}}
		if uri != "" {
			c.AssertionIssuers[0].JWKS = nil
		}
		return tx.Clients().Update(w.t.Context(), c)
	}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Clients.Reload(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// asserted is an assertion of the partner, changed.
func (w *world) asserted(by clientKey, change map[string]any) string {
	now := w.clock.now().Unix()
	return by.sign("JWT", false, merge(map[string]any{
		"iss": partner, "sub": "svc-7", "aud": w.Issuer, "iat": now, "exp": now + 120, "jti": secret.NewID(),
	}, change))
}

func bringing(assertion string, change ...string) url.Values {
	form := url.Values{"grant_type": {grantJWTBearer}, "assertion": {assertion}}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

// RFC 7523 section 2.1.
func TestAssertionGrant(t *testing.T) { onEveryStore(t, testAssertionGrant) }

func testAssertionGrant(t *testing.T, w *world) {
	w.trust(string(partnerKey.set()), "")
	status, out, _ := w.redeem("service", bringing(w.asserted(partnerKey, nil), "scope", "api:read"))
	if status != http.StatusOK || out["refresh_token"] != nil || out["id_token"] != nil {
		t.Fatalf("%d %v", status, out)
	}
	claims, header := w.claimsOf(out["access_token"])
	if claims["sub"] != partner+"#svc-7" || claims["client_id"] != "service" || claims["scope"] != "api:read" || header["typ"] != "at+jwt" || claims["sid"] != nil {
		t.Errorf("%v %v", header, claims)
	}
	if out["expires_in"] != 120.0 {
		t.Errorf("expires_in %v: longer than the assertion", out["expires_in"])
	}
	if a := w.userinfo(out["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("userinfo: %d %s", a.status, a.body)
	}
}

func TestAssertionGrantRefuses(t *testing.T) { onEveryStore(t, testAssertionGrantRefuses) }

func testAssertionGrantRefuses(t *testing.T, w *world) {
	w.trust(string(partnerKey.set()), "")
	now := w.clock.now().Unix()
	for name, change := range map[string]map[string]any{
		"another issuer":   {"iss": "https://evil.example"},
		"no issuer":        {"iss": nil},
		"the client":       {"iss": "service"},
		"ourselves":        {"iss": w.Issuer},
		"another audience": {"aud": "https://evil.example"},
		"no audience":      {"aud": nil},
		"no subject":       {"sub": nil},
		"a hash":           {"sub": "x#y"},
		"a long subject":   {"sub": strings.Repeat("s", 129)},
		"spaces":           {"sub": "a b"},
		"expired":          {"exp": now},
		"no end":           {"exp": nil},
		"for ever":         {"exp": now + 4000},
		"ahead":            {"nbf": now + 60},
		"issued ahead":     {"iat": now + 60},
		"no jti":           {"jti": nil},
	} {
		status, out, _ := w.redeem("service", bringing(w.asserted(partnerKey, change)))
		if status != http.StatusBadRequest || out["error"] != "invalid_grant" {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	for name, form := range map[string]url.Values{
		"signed by the client": bringing(w.asserted(bankKey, nil)),
		"garbage":              bringing("a.b.c"),
		"none":                 bringing("eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL3BhcnRuZXIuZXhhbXBsZSJ9."),
	} {
		status, out, _ := w.redeem("service", form)
		if status != http.StatusBadRequest || out["error"] != "invalid_grant" {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	for name, tc := range map[string]struct {
		client string
		form   url.Values
		want   string
	}{
		"no assertion":       {"service", bringing(""), "invalid_request"},
		"a person's scope":   {"service", bringing(w.asserted(partnerKey, nil), "scope", "openid"), "invalid_scope"},
		"another client":     {"mesh", bringing(w.asserted(partnerKey, nil)), "unauthorized_client"},
		"not for this grant": {"portal", bringing(w.asserted(partnerKey, nil)), "unauthorized_client"},
	} {
		if tc.client == "mesh" {
			continue // it has no certificate here
		}
		status, out, _ := w.redeem(tc.client, tc.form)
		if status != http.StatusBadRequest || out["error"] != tc.want {
			t.Errorf("%s: %d %v, want %s", name, status, out, tc.want)
		}
	}
}

// One assertion brings one token, however many ask at once.
func TestAssertionGrantIsUsedOnce(t *testing.T) { onEveryStore(t, testAssertionGrantIsUsedOnce) }

func testAssertionGrantIsUsedOnce(t *testing.T, w *world) {
	w.trust(string(partnerKey.set()), "")
	text := w.asserted(partnerKey, nil)
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		wins int
	)
	for range 10 {
		wg.Go(func() {
			status, _, _ := w.redeem("service", bringing(text))
			mu.Lock()
			defer mu.Unlock()
			if status == http.StatusOK {
				wins++
			}
		})
	}
	wg.Wait()
	if wins != 1 {
		t.Errorf("%d tokens for one assertion", wins)
	}
}

// The keys of an issuer may be fetched; while they cannot be, nobody's fault is
// told.
func TestAssertionGrantWithFetchedKeys(t *testing.T) {
	w := newWorld(t, embeddedStores)
	down := true
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if down {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		rw.Header().Set("Content-Type", "application/jwk-set+json")
		_, _ = rw.Write(partnerKey.set())
	}))
	defer server.Close()
	w.trust("", server.URL+"/keys")
	w.expectDown = true
	if status, out, _ := w.redeem("service", bringing(w.asserted(partnerKey, nil))); status != http.StatusServiceUnavailable {
		t.Errorf("while the keys cannot be fetched: %d %v", status, out)
	}
	down = false
	w.clock.add(31 * time.Second)
	if status, out, _ := w.redeem("service", bringing(w.asserted(partnerKey, nil))); status != http.StatusOK {
		t.Errorf("afterwards: %d %v", status, out)
	}
}
