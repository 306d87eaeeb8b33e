package password

import (
	"crypto/rand"
	"strings"
)

// temporaryAlphabet has the 31 capitals and digits that are not taken for each
// other when read aloud or from paper: no 0 and O, no 1, I and L.
const temporaryAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// A temporary password is four groups of five: 20 characters of 31, 99 bits.
const (
	groups      = 4
	groupLength = 5
)

// NewTemporary draws a temporary password, such as K7QX2-M9RTD-48WPA-HJ3CV.
func NewTemporary() string {
	var out strings.Builder
	for i := range groups * groupLength {
		if i > 0 && i%groupLength == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(temporaryAlphabet[uniform(len(temporaryAlphabet))])
	}
	return out.String()
}

// uniform draws a number below n, each equally likely.
func uniform(n int) int {
	limit := 256 - 256%n
	var b [1]byte
	for {
		_, _ = rand.Read(b[:])
		if int(b[0]) < limit {
			return int(b[0]) % n
		}
	}
}

// NormalizeTemporary brings what somebody typed into the form that NewTemporary
// draws: capitals, no spaces, hyphens where they belong. What cannot be a
// temporary password is "", which matches none.
func NormalizeTemporary(typed string) string {
	if len(typed) > 64 {
		return ""
	}
	var out strings.Builder
	n := 0
	for _, r := range strings.ToUpper(typed) {
		switch {
		case r == '-' || r == '‐' || r == '‑' || r == '–' || r == ' ' || r == '\u00a0' || r == '\t':
			continue
		case r > 127 || !strings.ContainsRune(temporaryAlphabet, r):
			return ""
		}
		if n > 0 && n%groupLength == 0 {
			out.WriteByte('-')
		}
		out.WriteRune(r)
		n++
	}
	if n != groups*groupLength {
		return ""
	}
	return out.String()
}
