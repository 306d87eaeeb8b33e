package secret

import (
	"crypto/rand"
	"strings"
)

// Draw returns n letters of an alphabet of at most 256 ASCII letters, each equally
// likely.
func Draw(alphabet string, n int) string {
	// A byte from the last, incomplete round through the alphabet is drawn
	// again: its remainder would favour the first letters.
	limit := 256 - 256%len(alphabet)
	var out strings.Builder
	for b := make([]byte, 1); out.Len() < n; {
		_, _ = rand.Read(b) // never fails (crypto/rand)
		if int(b[0]) < limit {
			out.WriteByte(alphabet[int(b[0])%len(alphabet)])
		}
	}
	return out.String()
}
