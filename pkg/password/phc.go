package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
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
	if p.MemoryKiB < 19<<10 || p.Iterations < 2 || p.Parallelism < 1 {
		return errors.New("password: argon2id parameters below 19 MiB, 2 passes, 1 lane")
	}
	return p.bounded()
}

// Bounds of what is computed at all. A row that somebody altered must not
// become a way to take all memory.
const (
	maxMemoryKiB  = 256 << 10
	maxIterations = 16
	maxLanes      = 16
	minSalt       = 8
	minTag        = 16
	maxField      = 64
)

func (p Params) bounded() error {
	if p.MemoryKiB > maxMemoryKiB || p.Iterations > maxIterations || p.Parallelism > maxLanes ||
		p.Iterations < 1 || p.Parallelism < 1 || p.MemoryKiB < 8*uint32(p.Parallelism) {
		return errors.New("password: argon2id parameters out of bounds")
	}
	return nil
}

// String is how PHC strings and reports write the parameters.
func (p Params) String() string {
	return fmt.Sprintf("m=%d,t=%d,p=%d", p.MemoryKiB, p.Iterations, p.Parallelism)
}

// hash is a stored argon2id hash.
type hash struct {
	params    Params
	salt, tag []byte
}

const (
	prefix     = "$argon2id$v=19$"
	saltLength = 16
	tagLength  = 32
)

var b64 = base64.RawStdEncoding.Strict()

// encode writes the PHC string.
func (h hash) encode() string {
	return prefix + h.params.String() + "$" + b64.EncodeToString(h.salt) + "$" + b64.EncodeToString(h.tag)
}

// parse reads a PHC string, strictly: what encode would not write is refused,
// and so is what would cost too much to compute.
func parse(phc string) (hash, error) {
	rest, ok := strings.CutPrefix(phc, prefix)
	parts := strings.Split(rest, "$")
	if !ok || len(parts) != 3 || len(phc) > 512 {
		return hash{}, errMalformed
	}
	var h hash
	var err error
	if h.params, err = parseParams(parts[0]); err != nil {
		return hash{}, err
	}
	var err1, err2 error
	h.salt, err1 = b64.DecodeString(parts[1])
	h.tag, err2 = b64.DecodeString(parts[2])
	if err1 != nil || err2 != nil || len(h.salt) < minSalt || len(h.salt) > maxField || len(h.tag) < minTag || len(h.tag) > maxField {
		return hash{}, errMalformed
	}
	return h, nil
}

var errMalformed = errors.New("password: not an argon2id PHC string")

func parseParams(text string) (Params, error) {
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return Params{}, errMalformed
	}
	var n [3]uint64
	for i, name := range [...]string{"m=", "t=", "p="} {
		digits, ok := strings.CutPrefix(fields[i], name)
		v, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil || strconv.FormatUint(v, 10) != digits {
			return Params{}, errMalformed
		}
		n[i] = v
	}
	if n[2] > maxLanes {
		return Params{}, errors.New("password: argon2id parameters out of bounds")
	}
	p := Params{MemoryKiB: uint32(n[0]), Iterations: uint32(n[1]), Parallelism: uint8(n[2])} //nolint:gosec // parsed as 32 bits, and bounded above
	return p, p.bounded()
}

func (h hash) compute(password []byte) []byte {
	return argon2.IDKey(password, h.salt, h.params.Iterations, h.params.MemoryKiB, h.params.Parallelism, uint32(len(h.tag))) //nolint:gosec // at most maxField
}
