package password

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// scheme is a stored hash, read and found affordable: what verifies it is
// bounded in time and memory, whoever wrote it.
type scheme interface {
	// check compares in constant time. It may take a second.
	check(password []byte) bool
	// memory is what check allocates, in KiB.
	memory() uint32
	// String names the algorithm and its cost, as reports do.
	String() string
	// encode writes what is stored.
	encode() string
}

// maxStored bounds a stored hash, in bytes.
const maxStored = 512

// Errors of stored hashes.
var (
	errEmpty     = errors.New("password: there is no hash")
	errMalformed = errors.New("password: not a hash in a form that is known")
	errUnbounded = errors.New("password: the hash has parameters out of bounds")
)

// parse reads a stored hash, strictly, and refuses what would cost too much to
// compute.
func parse(stored string) (scheme, error) {
	if len(stored) > maxStored {
		return nil, errMalformed
	}
	switch {
	case strings.HasPrefix(stored, "$argon2"):
		return parseArgon2(stored)
	case strings.HasPrefix(stored, "$pbkdf2-"):
		return parsePBKDF2(stored)
	case strings.HasPrefix(stored, "$scrypt$"):
		return parseScrypt(stored)
	case strings.HasPrefix(stored, "$2"), strings.HasPrefix(stored, sha256First):
		return parseBcrypt(stored)
	}
	return nil, errMalformed
}

// decimal reads a number as encode writes it: no sign, no zero before it.
func decimal(digits string) (uint32, error) {
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || strconv.FormatUint(n, 10) != digits {
		return 0, errMalformed
	}
	return uint32(n), nil
}

// parameters reads "a=1,b=2" with these names, in this order.
func parameters(text string, names ...string) ([]uint32, error) {
	fields := strings.Split(text, ",")
	if len(fields) != len(names) {
		return nil, errMalformed
	}
	all := make([]uint32, len(names))
	for i, name := range names {
		digits, ok := strings.CutPrefix(fields[i], name+"=")
		n, err := decimal(digits)
		if !ok || err != nil {
			return nil, errMalformed
		}
		all[i] = n
	}
	return all, nil
}

// saltAndTag reads the last two fields of a PHC string.
func saltAndTag(salt, tag string, leastSalt int) ([]byte, []byte, error) {
	s, err1 := b64.DecodeString(salt)
	t, err2 := b64.DecodeString(tag)
	if err1 != nil || err2 != nil {
		return nil, nil, errMalformed
	}
	return s, t, fits(s, t, leastSalt)
}

// Bounds of the parts of a hash, in bytes.
const (
	minSalt = 8
	minTag  = 16
	maxPart = 64
)

func fits(salt, tag []byte, leastSalt int) error {
	if len(salt) < leastSalt || len(salt) > maxPart || len(tag) < minTag || len(tag) > maxPart {
		return fmt.Errorf("%w: the salt has %d bytes and the hash %d; they can be %d to %d and %d to %d", errUnbounded, len(salt), len(tag), leastSalt, maxPart, minTag, maxPart)
	}
	return nil
}
