package password

import (
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // HMAC-SHA-1 of hashes that others made
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// MinPBKDF2 is the fewest iterations of PBKDF2-HMAC-SHA-256 that are made new
// (OWASP Password Storage Cheat Sheet; ASVS 5.0 11.4.2).
const MinPBKDF2 = 600_000

// maxPBKDF2 bounds iterations times blocks of output: some two seconds.
const maxPBKDF2 = 4_000_000

// pbkdf2Hash is a stored PBKDF2 hash (RFC 8018 section 5.2).
type pbkdf2Hash struct {
	digest     string // sha1, sha256, sha512
	iterations uint32
	salt, tag  []byte
}

// digests are the hash functions under the HMAC.
func digest(name string) (func() hash.Hash, int) {
	switch name {
	case "sha1":
		return sha1.New, sha1.Size
	case "sha256":
		return sha256.New, sha256.Size
	case "sha512":
		return sha512.New, sha512.Size
	}
	return nil, 0
}

func (h pbkdf2Hash) bounded() error {
	_, size := digest(h.digest)
	if size == 0 {
		return errMalformed
	}
	if err := fits(h.salt, h.tag, 1); err != nil {
		return err
	}
	blocks := (len(h.tag) + size - 1) / size
	if h.iterations < 1 || h.iterations > uint32(maxPBKDF2/blocks) { //nolint:gosec // blocks is 1 to 4
		return fmt.Errorf("%w: the iterations are %d; they can be 1 to %d", errUnbounded, h.iterations, maxPBKDF2/blocks)
	}
	return nil
}

func (h pbkdf2Hash) String() string {
	return "pbkdf2-" + h.digest + " i=" + strconv.FormatUint(uint64(h.iterations), 10)
}

func (h pbkdf2Hash) memory() uint32 { return 0 }

// encode writes the PHC string.
func (h pbkdf2Hash) encode() string {
	return "$pbkdf2-" + h.digest + "$i=" + strconv.FormatUint(uint64(h.iterations), 10) + "$" + b64.EncodeToString(h.salt) + "$" + b64.EncodeToString(h.tag)
}

// ab64 is how passlib writes base64: a full stop for the plus sign.
var ab64 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./").WithPadding(base64.NoPadding).Strict()

// parsePBKDF2 reads $pbkdf2-sha256$i=600000$salt$tag, and the form of passlib,
// which has the number alone and its own base64.
func parsePBKDF2(stored string) (scheme, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 5 {
		return nil, errMalformed
	}
	h := pbkdf2Hash{digest: strings.TrimPrefix(parts[1], "pbkdf2-")}
	digits, encoding := parts[2], ab64
	if rest, ok := strings.CutPrefix(digits, "i="); ok {
		digits, encoding = rest, b64
	}
	var err, err1, err2 error
	h.iterations, err = decimal(digits)
	h.salt, err1 = encoding.DecodeString(parts[3])
	h.tag, err2 = encoding.DecodeString(parts[4])
	if err != nil || err1 != nil || err2 != nil {
		return nil, errMalformed
	}
	return h, h.bounded()
}

func (h pbkdf2Hash) compute(password []byte) []byte {
	fn, _ := digest(h.digest)
	key, err := pbkdf2.Key(fn, string(password), h.salt, int(h.iterations), len(h.tag))
	if err != nil {
		return nil // a module in FIPS mode refuses short salts: nothing matches
	}
	return key
}

func (h pbkdf2Hash) check(password []byte) bool {
	return subtle.ConstantTimeCompare(h.compute(password), h.tag) == 1
}
