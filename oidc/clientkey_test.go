package oidc_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// clientKey is a key that a client holds.
type clientKey struct{ private *ecdsa.PrivateKey }

// bankKey is registered for the clients that have one, otherKey for none.
var bankKey, otherKey = newClientKey(), newClientKey()

func newClientKey() clientKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return clientKey{k}
}

func (k clientKey) jwk() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.private.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}
}

func (k clientKey) set() json.RawMessage {
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k.jwk()}})
	if err != nil {
		panic(err)
	}
	return text
}

func (k clientKey) thumbprint() string {
	jwk := k.jwk()
	sum, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

// sign makes a JWT. A claim that is nil is left out.
func (k clientKey) sign(typ string, embed bool, claims map[string]any) string {
	for name, value := range claims {
		if value == nil {
			delete(claims, name)
		}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	key := jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: k.private, KeyID: "k1"}}
	if embed {
		key.Key = k.private
	}
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{EmbedJWK: embed}).WithType(jose.ContentType(typ)))
	if err != nil {
		panic(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return text
}

func merge(claims, change map[string]any) map[string]any {
	for name, value := range change {
		claims[name] = value
	}
	return claims
}

func (k clientKey) assertion(w *world, clientID string, change map[string]any) string {
	now := w.clock.now().Unix()
	return k.sign("JWT", false, merge(map[string]any{
		"iss": clientID, "sub": clientID, "aud": w.Issuer, "iat": now, "exp": now + 60, "jti": secret.NewID(),
	}, change))
}

// proof is a DPoP proof (RFC 9449 section 4.2).
func (k clientKey) proof(w *world, method, path, accessToken string, change map[string]any) string {
	claims := map[string]any{"htm": method, "htu": w.Issuer + path, "iat": w.clock.now().Unix(), "jti": secret.NewID()}
	if accessToken != "" {
		sum := sha256.Sum256([]byte(accessToken))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return k.sign("dpop+jwt", true, merge(claims, change))
}

// proving adds a proof to a request of the token endpoint.
func (k clientKey) proving(w *world, path string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("DPoP", k.proof(w, r.Method, path, "", nil)) }
}

// certificate is a self-signed certificate of the key, in the form of RFC 9440.
func (k clientKey) certificate(from time.Time) (header, thumbprint string) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mesh"}, NotBefore: from.Add(-time.Hour), NotAfter: from.Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.private.Public(), k.private)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(der)
	return ":" + base64.StdEncoding.EncodeToString(der) + ":", base64.RawURLEncoding.EncodeToString(sum[:])
}

// signing is a client whose authorization requests are signed.
var signing = storage.Client{
	ID: "signing", AuthMethod: "private_key_jwt", JWKS: bankKey.set(), RequireSignedRequest: true,
	RedirectURIs: []string{callback}, GrantTypes: []string{"authorization_code"},
}
