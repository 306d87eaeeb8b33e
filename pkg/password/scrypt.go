package password

import (
	"crypto/subtle"
	"fmt"
	"math/bits"
	"strings"

	"golang.org/x/crypto/scrypt"
)

// Bounds of scrypt (RFC 7914): memory is 128·N·r bytes, work is that times p.
const (
	maxScryptKiB  = maxMemoryKiB
	maxScryptWork = 4 * maxScryptKiB
)

// scryptHash is a stored scrypt hash.
type scryptHash struct {
	logN, r, p uint32
	salt, tag  []byte
}

func (h scryptHash) bounded() error {
	if h.logN < 1 || h.logN > 24 || h.r < 1 || h.r > 32 || h.p < 1 || h.p > 16 {
		return fmt.Errorf("%w: the exponent of N is %d, r=%d, p=%d; they can be 1 to 24, 32 and 16", errUnbounded, h.logN, h.r, h.p)
	}
	if m := uint64(128*h.r) << h.logN >> 10; m > maxScryptKiB || m*uint64(h.p) > maxScryptWork {
		return fmt.Errorf("%w: it needs %d KiB, %d times; that can be %d KiB, and %d in all", errUnbounded, m, h.p, maxScryptKiB, maxScryptWork)
	}
	return fits(h.salt, h.tag, 1)
}

func (h scryptHash) String() string { return fmt.Sprintf("scrypt ln=%d,r=%d,p=%d", h.logN, h.r, h.p) }

// memory: bounded has bounded the exponent.
func (h scryptHash) memory() uint32 { return uint32(uint64(128*h.r)<<h.logN>>10) + h.p*h.r/8 } //nolint:gosec // at most maxScryptKiB

func (h scryptHash) encode() string {
	return fmt.Sprintf("$scrypt$ln=%d,r=%d,p=%d$%s$%s", h.logN, h.r, h.p, b64.EncodeToString(h.salt), b64.EncodeToString(h.tag))
}

func parseScrypt(phc string) (scheme, error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 5 {
		return nil, errMalformed
	}
	n, err := parameters(parts[2], "ln", "r", "p")
	if err != nil {
		return nil, err
	}
	h := scryptHash{logN: n[0], r: n[1], p: n[2]}
	if h.salt, h.tag, err = saltAndTag(parts[3], parts[4], 1); err != nil {
		return nil, err
	}
	return h, h.bounded()
}

// logOf is the exponent of a power of two.
func logOf(n uint32) (uint32, error) {
	if n == 0 || n&(n-1) != 0 {
		return 0, fmt.Errorf("%w: N is %d; it has to be a power of two", errUnbounded, n)
	}
	return uint32(bits.TrailingZeros32(n)), nil //nolint:gosec // 0 to 31
}

func (h scryptHash) check(password []byte) bool {
	key, err := scrypt.Key(password, h.salt, 1<<h.logN, int(h.r), int(h.p), len(h.tag))
	return err == nil && subtle.ConstantTimeCompare(key, h.tag) == 1
}
