package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// The algorithms that tokens are signed with, in order of preference.
const (
	ES256 = "ES256"
	RS256 = "RS256"
	PS256 = "PS256"
	EdDSA = "EdDSA"
)

// algorithms is what every installation has a key for: ES256 by default, and
// RS256, which OpenID Connect Core section 15.1 has every provider support.
// PS256 and EdDSA are for clients that have to avoid PKCS #1 v1.5 signatures
// (FAPI 2.0 Security Profile section 5.4.1). Each has a key of its own.
var algorithms = [...]string{ES256, RS256, PS256, EdDSA}

// rsaBits is the size of RSA keys: 128-bit strength (NIST SP 800-57 part 1).
const rsaBits = 3072

func generate(alg string) (crypto.Signer, error) {
	switch alg {
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RS256, PS256:
		return rsa.GenerateKey(rand.Reader, rsaBits)
	case EdDSA, auditAlgorithm:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return nil, fmt.Errorf("keys: no such algorithm %q", alg)
}

// thumbprint is the kid: RFC 7638.
func thumbprint(public crypto.PublicKey) (string, error) {
	jwk := jose.JSONWebKey{Key: public}
	sum, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("keys: thumbprint: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}

func place(kid string) secret.Place {
	return secret.Place{Table: "signing_key", Column: "private", Row: kid}
}

// newRecord draws a key and seals it.
func newRecord(ring *secret.Keyring, use storage.KeyUse, alg string, now, activeFrom time.Time) (storage.SigningKey, error) {
	key, err := generate(alg)
	if err != nil {
		return storage.SigningKey{}, err
	}
	kid, err := thumbprint(key.Public())
	if err != nil {
		return storage.SigningKey{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return storage.SigningKey{}, fmt.Errorf("keys: %w", err)
	}
	sealed, err := ring.Seal(place(kid), der)
	if err != nil {
		return storage.SigningKey{}, err
	}
	return storage.SigningKey{ID: kid, Use: use, Algorithm: alg, Private: sealed, CreatedAt: now, ActiveFrom: activeFrom, Version: 1}, nil
}

// openRecord is the reverse.
func openRecord(ring *secret.Keyring, k storage.SigningKey) (crypto.Signer, error) {
	der, err := ring.Open(place(k.ID), k.Private)
	if err != nil {
		return nil, fmt.Errorf("keys: %s: %w", k.ID, err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("keys: %s: %w", k.ID, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("keys: " + k.ID + " cannot sign")
	}
	return signer, nil
}
