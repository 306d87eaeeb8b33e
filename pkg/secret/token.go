package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
)

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewID returns a random 128-bit name, 26 characters of a-z and 2-7: safe in
// URLs and in file names of any file system.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails; it ends the process instead
	return lowerBase32.EncodeToString(b[:])
}

// Name writes bytes with the characters of NewID, five bits in each.
func Name(b []byte) string { return lowerBase32.EncodeToString(b) }

// NewToken returns a random 256-bit secret, 43 characters of base64url.
func NewToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Hash is the SHA-256 of a machine-made secret: enough for 128 random bits or
// more (NIST SP 800-63B-4 section 3.1.2.2), never for what people choose.
func Hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Equal compares two secrets, or hashes of secrets, in constant time.
func Equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
