package secret_test

import (
	"math"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/secret"
)

func TestDraw(t *testing.T) {
	for _, alphabet := range []string{"A", "01", "BCDFGHJKLMNPQRSTVWXZ", "0123456789abcdefghijklmnopqrstuvwxyz"} {
		const each = 2000
		n := each * len(alphabet)
		text := secret.Draw(alphabet, n)
		if len(text) != n || strings.Trim(text, alphabet) != "" {
			t.Fatalf("%q: %d letters, or others", alphabet, len(text))
		}
		for _, letter := range alphabet {
			// Eight standard deviations of a binomial distribution.
			if got := strings.Count(text, string(letter)); math.Abs(float64(got-each)) > 8*math.Sqrt(each) {
				t.Errorf("%q: %d times %c, want about %d", alphabet, got, letter, each)
			}
		}
	}
	if secret.Draw("AB", 0) != "" {
		t.Error("nothing is something")
	}
}
