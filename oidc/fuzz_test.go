package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"net/http"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/assertion"
	"github.com/claviger-id/claviger/oidc/claims"
	"github.com/claviger-id/claviger/oidc/clientkeys"
	"github.com/claviger-id/claviger/oidc/dpop"
)

// fuzzKey is the same in every process: workers that fuzz judge what another one signed.
var fuzzKey = func() clientKey {
	scalar := sha256.Sum256([]byte("a key for fuzzing"))
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	if err != nil {
		panic(err)
	}
	return clientKey{k}
}()

// FuzzAssertion: no text that nobody signed is believed, and none is too much.
func FuzzAssertion(f *testing.F) {
	f.Add(otherKey.sign("JWT", false, map[string]any{"iss": "a", "aud": []string{"b"}, "exp": 1.5}))
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	keys, err := clientkeys.Parse(fuzzKey.set())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := assertion.Parse(text, []string{"ES256", "RS256", "PS256", "EdDSA"})
		if err != nil {
			return
		}
		_ = token.Check(assertion.Rules{Now: begun, MaxLife: time.Hour, NeedID: true, Audiences: []string{"a"}})
		if token.Verify(keys) == nil {
			t.Fatalf("%q was never signed", text)
		}
	})
}

func FuzzProof(f *testing.F) {
	f.Add("eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7fX0.e30.AAAA", "https://a.example/token")
	f.Add("", "http://[::1]:80/%zz")
	v := &dpop.Verifier{Keys: sharedKeyring(), Now: func() time.Time { return begun }}
	good := map[string]any{"htm": "POST", "htu": "https://a.example/token", "iat": begun.Unix(), "jti": "j"}
	f.Add(fuzzKey.sign("dpop+jwt", true, good), "https://a.example/token")
	f.Fuzz(func(t *testing.T, text, address string) {
		// Whoever holds a key can make a good proof, for one request.
		c, err := v.Check(dpop.Proof{Text: text, Method: http.MethodPost, URL: address})
		if err != nil {
			return
		}
		if c.JKT != fuzzKey.thumbprint() {
			t.Fatalf("%q is a proof of a key that nobody has", text)
		}
		for _, other := range []dpop.Proof{
			{Text: text, Method: http.MethodGet, URL: address}, {Text: text, Method: http.MethodPost, URL: "https://b.example/token"},
			{Text: text, Method: http.MethodPost, URL: address, AccessToken: "a"},
		} {
			if _, err := v.Check(other); err == nil {
				t.Fatalf("%q is a proof for %+v too", text, other)
			}
		}
	})
}

func FuzzClaimsRequest(f *testing.F) {
	f.Add(`{"userinfo":{"name":null},"id_token":{"acr":{"essential":true,"values":["a"]}}}`)
	f.Add(`{"id_token":{"sub":{"value":1}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := claims.ParseRequest([]byte(text))
		if err != nil {
			return
		}
		for _, name := range claims.Allowed(r.Userinfo, []string{"openid", "profile"}) {
			if _, asked := r.Userinfo[name]; !asked || name == "email" {
				t.Fatalf("%q: %s", text, name)
			}
		}
	})
}

func FuzzKeySet(f *testing.F) {
	f.Add(string(fuzzKey.set()))
	f.Add(`{"keys":[{"kty":"oct","k":"AA"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := clientkeys.Parse([]byte(text))
		if err != nil {
			return
		}
		for _, k := range keys {
			if !k.IsPublic() {
				t.Fatalf("%q holds a key that is not public", text)
			}
		}
	})
}
