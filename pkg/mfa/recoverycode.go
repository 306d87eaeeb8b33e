package mfa

import "github.com/claviger-id/claviger/pkg/secret"

// RecoveryCodes is how many a person has.
const RecoveryCodes = 10

// A recovery code is six groups of four: 24 letters of 31, 118 bits. NIST SP
// 800-63B-4 section 4.2.1.1 asks for 64; from 112 on a plain hash is enough (ASVS
// 6.5.2).
func recoveryCode() secret.Legible { return secret.Legible{Groups: 6, Length: 4} }

// NewRecoveryCodes draws a set of recovery codes, such as
// K7QX-2M9R-TD48-WPAH-J3CV-6NYZ.
func NewRecoveryCodes() []string {
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		codes[i] = recoveryCode().Draw()
	}
	return codes
}

// NormalizeRecoveryCode brings what somebody typed into the form in which codes are
// drawn. What cannot be one is "".
func NormalizeRecoveryCode(typed string) string { return recoveryCode().Normalize(typed) }
