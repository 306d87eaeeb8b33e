package password

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Params is the cost of an argon2id hash (RFC 9106).
type Params struct {
	// MemoryKiB is in KiB.
	MemoryKiB uint32
	// Iterations is the number of passes.
	Iterations uint32
	// Parallelism is the number of lanes.
	Parallelism uint8
}

// DefaultParams returns 64 MiB, 3 passes, 4 lanes: the second recommended
// option of RFC 9106 section 4.
func DefaultParams() Params {
	return Params{MemoryKiB: 64 << 10, Iterations: 3, Parallelism: 4}
}

// Check refuses what is cheaper than 19 MiB and 2 passes (OWASP Password
// Storage Cheat Sheet; ASVS 5.0 11.4.2), or dearer than any stored hash may be.
func (p Params) Check() error {
	if p.MemoryKiB < floorMemoryKiB || p.Iterations < floorIterations || p.Parallelism < 1 {
		return errors.New("password: argon2id parameters below 19 MiB, 2 passes, 1 lane")
	}
	return p.bounded()
}

// The floor of what is made new.
const (
	floorMemoryKiB  = 19 << 10
	floorIterations = 2
)

// Bounds of what is computed at all. A row that somebody altered must not
// become a way to take all memory.
const (
	maxMemoryKiB  = 256 << 10
	maxIterations = 16
	maxLanes      = 16
)

func (p Params) bounded() error {
	if p.MemoryKiB > maxMemoryKiB || p.Iterations > maxIterations || p.Parallelism > maxLanes ||
		p.Iterations < 1 || p.Parallelism < 1 || p.MemoryKiB < 8*uint32(p.Parallelism) {
		return fmt.Errorf("%w: m=%d, t=%d, p=%d; they can be %d KiB, %d and %d at the most, and m no less than 8 for each p",
			errUnbounded, p.MemoryKiB, p.Iterations, p.Parallelism, maxMemoryKiB, maxIterations, maxLanes)
	}
	return nil
}

// String is how PHC strings and reports write the parameters.
func (p Params) String() string {
	return fmt.Sprintf("m=%d,t=%d,p=%d", p.MemoryKiB, p.Iterations, p.Parallelism)
}

// argon2Hash is a stored Argon2 hash: argon2id, which we make, or argon2i, which
// others made.
type argon2Hash struct {
	dataIndependent bool // argon2i
	params          Params
	salt, tag       []byte
}

const (
	saltLength = 16
	tagLength  = 32
)

var b64 = base64.RawStdEncoding.Strict()

func (h argon2Hash) name() string {
	if h.dataIndependent {
		return "argon2i"
	}
	return "argon2id"
}

func (h argon2Hash) String() string { return h.name() + " " + h.params.String() }

func (h argon2Hash) memory() uint32 { return h.params.MemoryKiB }

// encode writes the PHC string.
func (h argon2Hash) encode() string {
	return "$" + h.name() + "$v=19$" + h.params.String() + "$" + b64.EncodeToString(h.salt) + "$" + b64.EncodeToString(h.tag)
}

// parseArgon2 reads a PHC string, strictly: what encode would not write is
// refused, and so is what would cost too much to compute. Version 1.0 of the
// algorithm (v=16, or none) and argon2d are not read: neither is for passwords.
func parseArgon2(phc string) (scheme, error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" && parts[1] != "argon2i" || parts[2] != "v=19" {
		return nil, errMalformed
	}
	n, err := parameters(parts[3], "m", "t", "p")
	if err != nil {
		return nil, err
	}
	if n[2] > maxLanes {
		return nil, fmt.Errorf("%w: p=%d; it can be %d at the most", errUnbounded, n[2], maxLanes)
	}
	h := argon2Hash{dataIndependent: parts[1] == "argon2i", params: Params{MemoryKiB: n[0], Iterations: n[1], Parallelism: uint8(n[2])}} //nolint:gosec // bounded above
	if err := h.params.bounded(); err != nil {
		return nil, err
	}
	h.salt, h.tag, err = saltAndTag(parts[4], parts[5], minSalt)
	return h, err
}

func (h argon2Hash) compute(password []byte) []byte {
	key := argon2.IDKey
	if h.dataIndependent {
		key = argon2.Key
	}
	return key(password, h.salt, h.params.Iterations, h.params.MemoryKiB, h.params.Parallelism, uint32(len(h.tag))) //nolint:gosec // at most maxPart
}

func (h argon2Hash) check(password []byte) bool {
	return subtle.ConstantTimeCompare(h.compute(password), h.tag) == 1
}
