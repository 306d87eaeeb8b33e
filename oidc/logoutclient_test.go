package oidc_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/claviger-id/claviger/storage"
)

// TestLedgerByKey: an application that authenticates with a key reads its lines with a
// token that it got for itself, and asks to be told again with that or with its
// assertion. A token that is bound to a key is worth nothing without a proof of it,
// made for this request.
func TestLedgerByKey(t *testing.T) { onEveryStore(t, testLedgerByKey) }

func testLedgerByKey(t *testing.T, w *world) {
	l := newListener(t)
	c := l.client("keyed")
	c.AuthMethod, c.JWKS, c.GrantTypes = "private_key_jwt", bankKey.set(), []string{"client_credentials"}
	register(t, w, c)
	enrol(t, w, "k", "keyed", 1)
	ask := func(method, path, scheme, token string, proofs ...string) answer {
		t.Helper()
		req, err := http.NewRequestWithContext(context.Background(), method, w.Issuer+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", scheme+" "+token)
		req.Header["Dpop"] = proofs
		return w.send(http.DefaultClient, req)
	}
	const again = "/logouts/k-0.keyed/redeliver"

	_, out, _ := w.redeem("keyed", alone())
	plain, _ := out["access_token"].(string)
	if a := ask(http.MethodGet, "/logouts", "Bearer", plain); a.status != http.StatusOK || len(parse(t, a)["logouts"].([]any)) != 1 {
		t.Errorf("with a token: %d %s", a.status, a.body)
	}
	if a := ask(http.MethodPost, again, "Bearer", plain); a.status != http.StatusAccepted {
		t.Errorf("again, with a token: %d %s", a.status, a.body)
	}
	if a := w.post(again, "keyed", url.Values{}); a.status != http.StatusAccepted {
		t.Errorf("again, with an assertion: %d %s", a.status, a.body)
	}
	if a := w.post(again, "keyed", url.Values{"client_assertion_type": {assertionType}, "client_assertion": {otherKey.assertion(w, "keyed", nil)}}); a.status != http.StatusUnauthorized {
		t.Errorf("again, with an assertion of another key: %d %s", a.status, a.body)
	}

	_, out, _ = w.redeem("keyed", alone(), bankKey.proving(w, "/token"))
	bound, _ := out["access_token"].(string)
	if out["token_type"] != "DPoP" {
		t.Fatalf("%v", out)
	}
	proof := func(method, path string) string { return bankKey.proof(w, method, path, bound, nil) }
	once := proof(http.MethodGet, "/logouts")
	if a := ask(http.MethodGet, "/logouts", "DPoP", bound, once); a.status != http.StatusOK || len(parse(t, a)["logouts"].([]any)) != 1 {
		t.Errorf("with a bound token: %d %s", a.status, a.body)
	}
	if a := ask(http.MethodPost, again, "DPoP", bound, proof(http.MethodPost, again)); a.status != http.StatusAccepted {
		t.Errorf("again, with a bound token: %d %s", a.status, a.body)
	}
	for name, test := range map[string]struct {
		scheme string
		proofs []string
	}{
		"no proof":                  {"DPoP", nil},
		"as if it were not bound":   {"Bearer", nil},
		"with a proof, as a bearer": {"Bearer", []string{proof(http.MethodGet, "/logouts")}},
		"a proof that was used":     {"DPoP", []string{once}},
		"of another key":            {"DPoP", []string{otherKey.proof(w, http.MethodGet, "/logouts", bound, nil)}},
		"of another token":          {"DPoP", []string{bankKey.proof(w, http.MethodGet, "/logouts", plain, nil)}},
		"of another method":         {"DPoP", []string{proof(http.MethodPost, "/logouts")}},
		"of another address":        {"DPoP", []string{proof(http.MethodGet, "/session")}},
		"two":                       {"DPoP", []string{proof(http.MethodGet, "/logouts"), proof(http.MethodGet, "/logouts")}},
	} {
		if a := ask(http.MethodGet, "/logouts", test.scheme, bound, test.proofs...); a.status != http.StatusUnauthorized && a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := ask(http.MethodGet, "/logouts", "DPoP", plain, bankKey.proof(w, http.MethodGet, "/logouts", plain, nil)); a.status != http.StatusUnauthorized {
		t.Errorf("a token that is bound to nothing, as if it were: %d %s", a.status, a.body)
	}
	if n := w.count("logout.ordered"); n != 3 {
		t.Errorf("%d orders are recorded", n)
	}
	if err := w.Logouts.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := ledgerOf(w, "k-0", "keyed"); got.State != storage.LogoutDelivered || len(l.heard()) != 1 {
		t.Errorf("%+v, told %d times", got, len(l.heard()))
	}
}
