package proof

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// assertionLife is how long an assertion may be used: once, and at once.
const assertionLife = time.Minute

// Key is a private key. It shows itself nowhere.
type Key struct{ jwk jose.JSONWebKey }

var _ slog.LogValuer = Key{}

// LogValue implements [slog.LogValuer].
func (Key) LogValue() slog.Value { return slog.StringValue("a private key") }

func (Key) String() string { return "a private key" }

// GoString implements [fmt.GoStringer].
func (Key) GoString() string { return "a private key" }

// NewKey draws a key for proofs, ES256.
func NewKey() (Key, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Key{}, fmt.Errorf("proof: %w", err)
	}
	return Key{jose.JSONWebKey{Key: key, Algorithm: string(jose.ES256)}}, nil
}

// ParseKey reads a private JSON Web Key (RFC 7517). What is wrong with it is said without
// a part of it.
func ParseKey(text []byte) (Key, error) {
	var k Key
	if err := json.Unmarshal(text, &k.jwk); err != nil || !k.jwk.Valid() {
		return Key{}, errors.New("this is no JSON Web Key")
	}
	if k.jwk.IsPublic() {
		return Key{}, errors.New("this is a public key; the private one is needed")
	}
	if k.jwk.Algorithm != "" {
		return k, nil
	}
	switch key := k.jwk.Key.(type) {
	case *ecdsa.PrivateKey:
		k.jwk.Algorithm = map[elliptic.Curve]string{elliptic.P256(): string(jose.ES256), elliptic.P384(): string(jose.ES384)}[key.Curve]
	case ed25519.PrivateKey:
		k.jwk.Algorithm = string(jose.EdDSA)
	case *rsa.PrivateKey:
		k.jwk.Algorithm = string(jose.PS256)
	}
	if k.jwk.Algorithm == "" {
		return Key{}, errors.New("this is no key that clients sign with")
	}
	return k, nil
}

// Assertion authenticates a client to the issuer that it is addressed to, once (RFC 7523
// sections 2.2 and 3).
func (k Key) Assertion(clientID, issuer string, now time.Time) (string, error) {
	return k.sign("JWT", false, map[string]any{
		"iss": clientID, "sub": clientID, "aud": issuer, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
}

// Request is what a proof is for.
type Request struct {
	// Method and URL are those of the request; query and fragment do not count.
	Method, URL string
	// Token is the access token that goes with it, or empty.
	Token string
	// Nonce is the last that the server gave, or empty.
	Nonce string
	Now   time.Time
}

// Proof proves for one request that who sends it holds the key (RFC 9449 section 4.2).
func (k Key) Proof(r Request) (string, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return "", fmt.Errorf("proof: %w", err)
	}
	claims := map[string]any{"htm": r.Method, "htu": u.Scheme + "://" + u.Host + u.EscapedPath(), "jti": rand.Text(), "iat": r.Now.Unix()}
	if r.Token != "" {
		sum := sha256.Sum256([]byte(r.Token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if r.Nonce != "" {
		claims["nonce"] = r.Nonce
	}
	return k.sign("dpop+jwt", true, claims)
}

func (k Key) sign(typ string, embed bool, claims map[string]any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.jwk.Algorithm), Key: k.jwk},
		(&jose.SignerOptions{EmbedJWK: embed}).WithType(jose.ContentType(typ)))
	if err != nil {
		return "", fmt.Errorf("proof: %w", err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("proof: %w", err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		return "", fmt.Errorf("proof: %w", err)
	}
	return signed.CompactSerialize()
}
