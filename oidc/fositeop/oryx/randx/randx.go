// Package randx is the part of the upstream package of this name that fosite
// calls.
package randx

import (
	"crypto/rand"
	"math/big"
)

// AlphaUpper holds A to Z.
var AlphaUpper = []rune("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

// RuneSequence draws l runes from allowed, each equally likely.
func RuneSequence(l int, allowed []rune) ([]rune, error) {
	c := big.NewInt(int64(len(allowed)))
	seq := make([]rune, l)
	for i := range seq {
		r, err := rand.Int(rand.Reader, c)
		if err != nil {
			return seq, err
		}
		seq[i] = allowed[r.Uint64()]
	}
	return seq, nil
}
