package mfa

import (
	"strings"
	"testing"
	"time"
)

// TestHOTP is RFC 4226 appendix D.
func TestHOTP(t *testing.T) {
	for counter, want := range []string{
		"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
	} {
		if got := hotp([]byte("12345678901234567890"), uint64(counter)); got != want {
			t.Errorf("%d: %s, want %s", counter, got, want)
		}
	}
}

// TestTOTP is RFC 6238 appendix B, for SHA-1; it shows eight digits, of which six
// are the last ones.
func TestTOTP(t *testing.T) {
	key := []byte("12345678901234567890")
	for at, eight := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		code := eight[2:]
		for drift, want := range map[int64]bool{-60: false, -30: true, 0: true, 30: true, 60: false} {
			if at+drift < 0 {
				continue
			}
			step, ok := TOTPMatch(key, code, time.Unix(at+drift, 0))
			if ok != want || ok && step != at/30 {
				t.Errorf("%d, clock off by %d: %d %v, want %d %v", at, drift, step, ok, at/30, want)
			}
		}
		if _, ok := TOTPMatch(key, code[:3]+" "+code[3:], time.Unix(at, 0)); !ok {
			t.Errorf("%d: a code with the space that applications show is refused", at)
		}
		if _, ok := TOTPMatch([]byte("12345678901234567891"), code, time.Unix(at, 0)); ok {
			t.Errorf("%d: the code of another secret is accepted", at)
		}
	}
	for _, typed := range []string{"", " ", "28708", "2870820", "94287082", "28708२", "-287082-0", strings.Repeat("2", 1000), "\x00\x00\x00\x00\x00\x00", "+28708"} {
		if _, ok := TOTPMatch(key, typed, time.Unix(59, 0)); ok {
			t.Errorf("%q is accepted", typed)
		}
	}
}

func TestTOTPSecret(t *testing.T) {
	a, b := NewTOTPKey(), NewTOTPKey()
	if len(a) != 20 || string(a) == string(b) {
		t.Error("secrets are short, or the same")
	}
	key := []byte("12345678901234567890")
	if got, want := TOTPText(key), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	want := "otpauth://totp/Harbor%20Health:jsmith2?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Harbor%20Health"
	if got := TOTPAddress(key, "Harbor Health", "jsmith2"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestRecoveryCodes(t *testing.T) {
	seen := map[string]bool{}
	for range 20 {
		codes := NewRecoveryCodes()
		if len(codes) != 10 {
			t.Fatalf("%d codes", len(codes))
		}
		for _, c := range codes {
			if seen[c] {
				t.Errorf("%s was drawn twice", c)
			}
			seen[c] = true
			for _, typed := range []string{c, strings.ToLower(c), strings.ReplaceAll(c, "-", ""), " " + strings.ReplaceAll(c, "-", " ") + "\t"} {
				if got := NormalizeRecoveryCode(typed); got != c {
					t.Errorf("%q reads as %q, want %q", typed, got, c)
				}
			}
			if strings.ContainsAny(c, "01OIL") {
				t.Errorf("%s can be misread", c)
			}
		}
	}
	for _, typed := range []string{"", "-", "K7QX-2M9R-TD48-WPAH-J3CV-6NY", "K7QX-2M9R-TD48-WPAH-J3CV-6NYZZ", "K7QX-2M9R-TD48-WPAH-J3CV-6NY0", strings.Repeat("K", 100), "К7QX-2M9R-TD48-WPAH-J3CV-6NYZ"} {
		if got := NormalizeRecoveryCode(typed); got != "" {
			t.Errorf("%q reads as %q", typed, got)
		}
	}
}

func TestPicture(t *testing.T) {
	p, err := NewPicture(TOTPAddress(NewTOTPKey(), "Harbor Health Plan", "jsmith2"))
	if err != nil {
		t.Fatal(err)
	}
	// The first row is the upper edge of the finder pattern in the corner: seven
	// dark modules, inside the quiet zone.
	if !strings.HasPrefix(p.Path, "M4 4h7v1h-7z") || p.Size < 29+8 || strings.Trim(p.Path, "Mhvz0123456789 -") != "" {
		t.Errorf("size %d, path %.60s", p.Size, p.Path)
	}
	if _, err := NewPicture(strings.Repeat("x", 5000)); err == nil {
		t.Error("more was drawn than fits")
	}
}
