package person

import (
	"net/mail"
	"strings"
)

// maxMailAddress is the most that an address may have, in bytes (RFC 5321 section
// 4.5.3.1.3).
const maxMailAddress = 254

// MailAddress says whether something is an address that can be written to: a plain
// one (RFC 5321 section 4.1.2), without what could become a header, a command or a
// list. Addresses with other characters than ASCII (RFC 6531) are none: few relays
// take them, and two of them that look the same may be different.
func MailAddress(s string) bool {
	if len(s) > maxMailAddress || strings.ContainsFunc(s, strangeInMail) {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s
}

// strangeInMail characters stand in no address that people have.
func strangeInMail(c rune) bool {
	return c <= ' ' || c >= 0x7f || strings.ContainsRune("\"(),:;<>[\\]", c)
}
