package password

import (
	"github.com/trustelem/zxcvbn"
)

// Strength is how many guesses a password withstands, in steps.
type Strength int

// The steps. The bounds are those of zxcvbn (Wheeler, USENIX Security 2016,
// section 5), with one more above.
const (
	// Weakest: fewer than a million guesses.
	Weakest Strength = iota
	// Poor: fewer than 10^8, gone in a day once a hash is stolen.
	Poor
	// Fair: fewer than 10^10.
	Fair
	// Good: fewer than 10^14.
	Good
	// Strong: more.
	Strong
)

// Strengths are all of them.
func Strengths() []Strength { return []Strength{Weakest, Poor, Fair, Good, Strong} }

// String is the step in a word.
func (s Strength) String() string {
	return [...]string{"very weak", "weak", "still weak", "good", "strong"}[min(max(s, Weakest), Strong)]
}

// window is how much is estimated at once, in code points. What the estimate
// costs grows with more than the square: seconds for 256 hostile characters,
// some 20 ms for 32.
const window = 32

// estimate judges each stretch of the password by itself and returns the
// strength of the strongest. What is refused so is weak from beginning to end;
// a strong stretch is enough, whatever stands beside it.
func estimate(text string, words []string) Strength {
	plain := []byte(ascii(text))
	best := Weakest
	for at := 0; at < len(plain) && best < Strong; at += window {
		from := min(at, max(0, len(plain)-window)) // the last stretch is a whole one
		to := min(from+window, len(plain))
		best = max(best, step(zxcvbn.PasswordStrength(string(plain[from:to]), words).Guesses))
	}
	return best
}

func step(guesses float64) Strength {
	switch {
	case guesses < 1e6:
		return Weakest
	case guesses < 1e8:
		return Poor
	case guesses < 1e10:
		return Fair
	case guesses < 1e14:
		return Good
	}
	return Strong
}

// ascii writes every character in one byte, because the estimate counts bytes:
// letters without their accents, other characters as control characters, which
// no password holds. Neighbours do not become neighbours, or they would look
// like a sequence.
func ascii(text string) string {
	out := make([]byte, 0, len(text))
	given := map[rune]byte{}
	for _, r := range bare(text) {
		if r < 0x80 {
			out = append(out, byte(r)) //nolint:gosec // below 0x80
			continue
		}
		b, ok := given[r]
		if !ok {
			b = foreign[len(given)%len(foreign)]
			given[r] = b
		}
		out = append(out, b)
	}
	return string(out)
}

const foreign = "\x01\x08\x0f\x16\x1d\x05\x0c\x13\x1a\x02\x09\x10\x17\x1e\x06\x0d\x14\x1b\x03\x11\x18\x1f\x07\x0e\x15\x1c\x04\x0b\x12\x19\x7f"
