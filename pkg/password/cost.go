package password

import (
	"fmt"
	"math"
)

// Cost compares a stored scheme, by its name, with the least that is recommended
// for its algorithm (OWASP Password Storage Cheat Sheet): 1 is just that, 0 is a
// name that is not known.
func Cost(scheme string) float64 {
	var a, b, c uint32
	read := func(form string, into ...any) bool {
		n, err := fmt.Sscanf(scheme, form, into...)
		return err == nil && n == len(into)
	}
	switch {
	case read("argon2id m=%d,t=%d,p=%d", &a, &b, &c), read("argon2i m=%d,t=%d,p=%d", &a, &b, &c):
		return float64(a) * float64(b) / (floorMemoryKiB * floorIterations)
	case read("scrypt ln=%d,r=%d,p=%d", &a, &b, &c):
		return math.Pow(2, float64(a)) * float64(b) * float64(c) / (1 << 17 * 8)
	case read("bcrypt c=%d", &a), read("bcrypt-sha256 c=%d", &a):
		return math.Pow(2, float64(a)-10)
	case read("pbkdf2-sha256 i=%d", &a):
		return float64(a) / MinPBKDF2
	case read("pbkdf2-sha512 i=%d", &a):
		return float64(a) / 220_000
	case read("pbkdf2-sha1 i=%d", &a):
		return float64(a) / 1_400_000
	}
	return 0
}
