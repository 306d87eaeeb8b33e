package password

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// maxBcrypt is the largest cost that is verified: about a second.
const maxBcrypt = 14

// sha256First stands before a bcrypt hash of the hexadecimal SHA-256 of the
// password, as Django makes it.
const sha256First = "$bcrypt-sha256-hex"

// bcryptHash is a stored bcrypt hash. bcrypt looks at 72 bytes of a password;
// whoever signs in with one gets a better hash at once.
type bcryptHash struct {
	sha256First bool
	text        string // $2b$12$…
	cost        int
}

func (h bcryptHash) String() string {
	name := "bcrypt"
	if h.sha256First {
		name = "bcrypt-sha256"
	}
	return fmt.Sprintf("%s c=%d", name, h.cost)
}

func (h bcryptHash) memory() uint32 { return 5 }

func (h bcryptHash) encode() string {
	if h.sha256First {
		return sha256First + h.text
	}
	return h.text
}

const bcryptAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// parseBcrypt reads $2a$, $2b$ and $2y$, which are one algorithm. $2x$ and $2$
// are of broken ones.
func parseBcrypt(stored string) (scheme, error) {
	text, first := strings.CutPrefix(stored, sha256First)
	if len(text) != 60 || text[0] != '$' || text[3] != '$' || text[6] != '$' || strings.Trim(text[7:], bcryptAlphabet) != "" {
		return nil, errMalformed
	}
	switch text[:3] {
	case "$2a", "$2b", "$2y":
	default:
		return nil, errMalformed
	}
	cost, err := bcrypt.Cost([]byte(text))
	if err != nil || text[4:6] != fmt.Sprintf("%02d", cost) {
		return nil, errMalformed
	}
	if cost > maxBcrypt {
		return nil, fmt.Errorf("%w: the cost is %d; it can be %d at the most", errUnbounded, cost, maxBcrypt)
	}
	return bcryptHash{sha256First: first, text: text, cost: cost}, nil
}

// check: the comparison inside is in constant time.
func (h bcryptHash) check(password []byte) bool {
	if h.sha256First {
		sum := sha256.Sum256(password)
		password = []byte(hex.EncodeToString(sum[:]))
	}
	return bcrypt.CompareHashAndPassword([]byte(h.text), password) == nil
}
