package proof_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/claviger-id/claviger/oidc/assertion"
	"github.com/claviger-id/claviger/oidc/dpop"
	"github.com/claviger-id/claviger/oidc/proof"
	"github.com/claviger-id/claviger/pkg/secret"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func privateKeys(t *testing.T) map[string]jose.JSONWebKey {
	t.Helper()
	drawn := func(key any, err error) any {
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, err384 := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, ed, errEd := ed25519.GenerateKey(rand.Reader)
	two, errRSA := rsa.GenerateKey(rand.Reader, 2048)
	return map[string]jose.JSONWebKey{
		"named":   {Key: drawn(p256, err), Algorithm: "ES256", KeyID: "one"},
		"p-256":   {Key: p256, KeyID: "two"},
		"p-384":   {Key: drawn(p384, err384)},
		"ed25519": {Key: drawn(ed, errEd)},
		"rsa":     {Key: drawn(two, errRSA), KeyID: "three"},
	}
}

// TestAssertionsAreTaken: what is signed is what package assertion takes, from every kind
// of key that clients have.
func TestAssertionsAreTaken(t *testing.T) {
	for name, jwk := range privateKeys(t) {
		text, err := json.Marshal(jwk)
		if err != nil {
			t.Fatal(err)
		}
		key, err := proof.ParseKey(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		signed, err := key.Assertion("app", "https://id.example.org", now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		token, err := assertion.Parse(signed, []string{"ES256", "ES384", "EdDSA", "PS256"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := token.Verify([]jose.JSONWebKey{jwk.Public()}); err != nil || token.KeyID != jwk.KeyID {
			t.Errorf("%s: key %q, %v", name, token.KeyID, err)
		}
		if err := token.Check(assertion.Rules{
			Now: now, Issuer: "app", Subject: "app", Audiences: []string{"https://id.example.org"}, SoleAudience: true, MaxLife: time.Minute, NeedID: true,
		}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProofsAreTaken(t *testing.T) {
	key, err := proof.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	v := &dpop.Verifier{Keys: secret.DrawKeyring(), Now: func() time.Time { return now }, RequireNonce: true}
	thumbprints := map[string]bool{}
	for range 2 {
		text, err := key.Proof(proof.Request{
			Method: "GET", URL: "https://id.example.org/v1/people/a%2Fb?limit=1#top", Token: "token", Nonce: v.Nonce(), Now: now,
		})
		if err != nil {
			t.Fatal(err)
		}
		checked, err := v.Check(dpop.Proof{Text: text, Method: "GET", URL: "https://id.example.org/v1/people/a%2Fb", AccessToken: "token"})
		if err != nil {
			t.Fatal(err)
		}
		thumbprints[checked.JKT] = true
		for what, other := range map[string]dpop.Proof{
			"method":  {Text: text, Method: "POST", URL: "https://id.example.org/v1/people/a%2Fb", AccessToken: "token"},
			"address": {Text: text, Method: "GET", URL: "https://id.example.org/v1/people/a/b", AccessToken: "token"},
			"token":   {Text: text, Method: "GET", URL: "https://id.example.org/v1/people/a%2Fb", AccessToken: "another"},
		} {
			if _, err := v.Check(other); err == nil {
				t.Errorf("it is taken for another %s", what)
			}
		}
	}
	if len(thumbprints) != 1 {
		t.Errorf("one key has the thumbprints %v", thumbprints)
	}
	text, err := key.Proof(proof.Request{Method: "GET", URL: "https://id.example.org/token", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Check(dpop.Proof{Text: text, Method: "GET", URL: "https://id.example.org/token"}); err == nil {
		t.Error("there is a nonce that nobody gave")
	}
}

func TestWhatIsNoPrivateKey(t *testing.T) {
	for name, jwk := range privateKeys(t) {
		text, err := json.Marshal(jwk.Public())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := proof.ParseKey(text); err == nil {
			t.Errorf("%s: a public key is taken", name)
		}
	}
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	odd, err := json.Marshal(jose.JSONWebKey{Key: p521})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "{}", "NPI,Name\n", `{"kty":"oct","k":"c2VjcmV0"}`, `{"keys":[]}`, string(odd)} {
		if _, err := proof.ParseKey([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// TestKeysAreNotShown: neither text nor logs show a key.
func TestKeysAreNotShown(t *testing.T) {
	jwk := privateKeys(t)["named"]
	text, err := json.Marshal(jwk)
	if err != nil {
		t.Fatal(err)
	}
	key, err := proof.ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(key), fmt.Sprintf("%v %+v %#v %s", key, key, key, key), key.LogValue().String()} {
		if shown != "a private key" && shown != "a private key a private key a private key a private key" {
			t.Errorf("it shows %q", shown)
		}
	}
}
