package mfa

import (
	"crypto/rand"
	"strings"
)

// recoveryAlphabet has the 31 capitals and digits that are not taken for each other
// on paper: no 0 and O, no 1, I and L.
const recoveryAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// A recovery code is six groups of four: 24 characters of 31, 118 bits. NIST SP
// 800-63B-4 section 4.2.1.1 asks for 64; from 112 on a plain hash is enough (ASVS
// 6.5.2).
const (
	recoveryGroups = 6
	recoveryGroup  = 4
	// RecoveryCodes is how many a person has.
	RecoveryCodes = 10
)

// NewRecoveryCodes draws a set of recovery codes, such as
// K7QX-2M9R-TD48-WPAH-J3CV-6NYZ.
func NewRecoveryCodes() []string {
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		codes[i] = newRecoveryCode()
	}
	return codes
}

func newRecoveryCode() string {
	var out strings.Builder
	for i := range recoveryGroups * recoveryGroup {
		if i > 0 && i%recoveryGroup == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(recoveryAlphabet[uniform(len(recoveryAlphabet))])
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

// NormalizeRecoveryCode brings what somebody typed into the form in which codes are
// drawn. What cannot be one is "".
func NormalizeRecoveryCode(typed string) string {
	if len(typed) > 64 {
		return ""
	}
	var out strings.Builder
	n := 0
	for _, r := range strings.ToUpper(typed) {
		switch {
		case r == '-' || r == '‐' || r == '‑' || r == '–' || r == ' ' || r == '\u00a0' || r == '\t':
			continue
		case r > 127 || !strings.ContainsRune(recoveryAlphabet, r):
			return ""
		}
		if n > 0 && n%recoveryGroup == 0 {
			out.WriteByte('-')
		}
		out.WriteRune(r)
		n++
	}
	if n != recoveryGroups*recoveryGroup {
		return ""
	}
	return out.String()
}
