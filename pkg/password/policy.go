package password

import (
	"slices"
	"unicode"
)

// The shortest passwords, in code points (NIST SP 800-63B-4 section 3.1.1.2).
const (
	// MinAlone is for a password that is the only factor.
	MinAlone = 15
	// MinWithSecondFactor is for one that is never used alone. The standard
	// allows 8.
	MinWithSecondFactor = 12
)

// Policy is what a personal password must be (NIST SP 800-63B-4 section
// 3.1.1.2): long, and not one that an attacker tries first. There are no rules
// of composition.
type Policy struct {
	// MinLength is in code points.
	MinLength int
	// Words are names that everybody here knows: the product, the organisation.
	Words []string
}

// WithSecondFactor is the policy for somebody whose password is never enough
// alone.
func (p Policy) WithSecondFactor() Policy {
	p.MinLength = min(p.MinLength, MinWithSecondFactor)
	return p
}

// enough is how many guesses a password must withstand. Guessing at the sign-in
// ends long before; it is for whoever has stolen a hash, at some hundred
// guesses a second and core.
func (p Policy) enough() Strength {
	if p.MinLength < MinAlone {
		return Fair
	}
	return Good
}

// Check returns why the password is refused, or nil. personal are the person's
// own names, which others know too.
func (p Policy) Check(password string, personal ...string) *Refusal {
	text, err := Normalize(password)
	if err != nil {
		return refuseTooLong()
	}
	for _, r := range text {
		if r == unicode.ReplacementChar || unicode.IsControl(r) {
			return &Refusal{Code: NotText, Message: "This password holds a character that cannot be typed. Please use letters, digits, spaces and punctuation."}
		}
	}
	if n := codePoints(text); n < p.MinLength {
		return refuseLength(n, p.MinLength, strengthOf(text, p.known(personal)))
	}
	plain, known := foldCase(text), p.known(personal)
	if refusal := early(plain, known); refusal != nil {
		return refusal
	}
	cores := cores(plain)
	strength := estimate(text, slices.Concat(cores, spellings(known)))
	if strength >= p.enough() {
		return nil
	}
	refusal := refuse(Weak, "This password is "+strength.String()+": it is made of few common words, names, dates or patterns, and guessed too soon.")
	if len(cores) > 0 {
		refusal = refuse(Common, "This password is a very common one with a little added, which attackers know to try.")
	} else if name := mentions(plain, known); name != "" {
		refusal = refuseContext(name)
	}
	refusal.Strength = strength
	return refusal
}

// early refuses what is guessed first, whatever an estimate says of it.
func early(plain string, known []knownWord) *Refusal {
	size := len([]rune(plain))
	piece := period(plain)
	switch {
	case piece <= size/3:
		return refuse(Repeated, "This password repeats a short piece over and over, which is guessed early.")
	case isSequence(plain):
		return refuse(Sequence, "This password follows the alphabet, the digits or the keyboard, which is guessed early.")
	}
	if name := madeOf(plain, known); name != "" {
		return refuseContext(name)
	}
	// The entire password is compared, as the standard wants it; and what it
	// says twice.
	if isCommon(plain) || piece <= size/2 && isCommon(string([]rune(plain)[:piece])) {
		return refuse(Common, "This password is among those that many people choose, so attackers try it first.")
	}
	if isPublished(plain) {
		return refuse(Common, "This password is a phrase that everybody knows, so attackers try it first.")
	}
	return nil
}

// Strength says how well a password withstands guessing.
func (p Policy) Strength(password string, personal ...string) Strength {
	text, err := Normalize(password)
	if err != nil {
		return Weakest
	}
	return strengthOf(text, p.known(personal))
}

func strengthOf(text string, known []knownWord) Strength {
	plain := foldCase(text)
	if early(plain, known) != nil {
		return Weakest
	}
	return estimate(text, slices.Concat(cores(plain), spellings(known)))
}
