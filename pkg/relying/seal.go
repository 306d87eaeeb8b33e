package relying

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// randomText is 256 random bits in the alphabet of URLs.
func randomText() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// challengeS256 is the code_challenge of a verifier (RFC 7636 section 4.2).
func challengeS256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func newSealer(key []byte) (cipher.AEAD, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("the application's key has %d bytes, not 32", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal encrypts a value under a name: it opens under no other.
func seal(key []byte, name string, value []byte) (string, error) {
	aead, err := newSealer(key)
	if err != nil {
		return "", err
	}
	sealed := aead.Seal(nil, nil, value, []byte(name)) // the AEAD draws the nonce
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

func unseal(key []byte, name, text string) ([]byte, error) {
	aead, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return aead.Open(nil, nil, sealed, []byte(name))
}
