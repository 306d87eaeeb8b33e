package mfa

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 4226; HMAC does not rest on collisions
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	// totpPeriod is RFC 6238's default time step. Applications on telephones
	// ignore any other.
	totpPeriod = 30
	// totpDigits is what they all show.
	totpDigits = 6
	// totpKeyLength is 160 bits, which RFC 4226 section 4 recommends.
	totpKeyLength = 20
)

// NewTOTPKey draws a secret.
func NewTOTPKey() []byte {
	key := make([]byte, totpKeyLength)
	_, _ = rand.Read(key)
	return key
}

// TOTPStep is the time step of a moment: RFC 6238 section 4.2.
func TOTPStep(at time.Time) int64 { return at.Unix() / totpPeriod }

// TOTPMatch returns the step whose code was typed: that of the moment, the one
// before or the one after (RFC 6238 section 5.2). Whether that step was used before
// is the caller's to say.
func TOTPMatch(key []byte, typed string, at time.Time) (step int64, ok bool) {
	code := digits(typed)
	now := TOTPStep(at)
	// All three are computed, whichever matches.
	for _, s := range []int64{now - 1, now, now + 1} {
		if s >= 0 && subtle.ConstantTimeCompare([]byte(hotp(key, uint64(s))), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// hotp is RFC 4226 section 5.3.
func hotp(key []byte, counter uint64) string {
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, counter)
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	truncated := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, truncated%1_000_000)
}

// digits drops the spaces that applications show and people type. What is no code
// is "", which matches none.
func digits(typed string) string {
	if len(typed) > 32 {
		return ""
	}
	code := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' || r == '\t' {
			return -1
		}
		return r
	}, typed)
	if len(code) != totpDigits || strings.Trim(code, "0123456789") != "" {
		return ""
	}
	return code
}

// TOTPText is the secret for who cannot scan a picture, in groups of four.
func TOTPText(key []byte) string {
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key)
	var groups []string
	for ; len(text) > 4; text = text[4:] {
		groups = append(groups, text[:4])
	}
	return strings.Join(append(groups, text), " ")
}

// TOTPAddress is the secret in the form that applications read from a picture.
func TOTPAddress(key []byte, issuer, account string) string {
	label := url.PathEscape(issuer + ":" + account)
	// Spaces as %20: some applications show a plus sign as such.
	query := "secret=" + strings.ReplaceAll(TOTPText(key), " ", "") + "&issuer=" + url.PathEscape(issuer)
	return "otpauth://totp/" + label + "?" + query
}
