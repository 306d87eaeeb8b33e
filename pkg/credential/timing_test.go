package credential_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// TestTimingOfASignIn prints how long a sign-in takes for a User ID that there is
// and for one that there is not, and how likely it is that the two are of one
// kind. What can be asserted without a clock is in
// TestEveryFailureLooksAndCostsTheSame: machines are noisy, and a test that judges
// times fails for no reason.
func TestTimingOfASignIn(t *testing.T) {
	w := newWorld(t)
	w.choose(t)
	n := 0
	attempt := func(account string) time.Duration {
		n++
		w.now = w.now.Add(25 * time.Hour) // past every wait
		if err := w.Store.Tx(w.ctx, func(tx storage.Tx) error { return tx.Guesses().Clear(w.ctx, "p") }); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		_, err := w.verify(account, wrong)
		took := time.Since(begun)
		if code(err) != problem.Unauthenticated {
			t.Fatalf("%s: %v", account, err)
		}
		return took
	}
	var known, unknown []time.Duration
	for i := range timings {
		// In turns, and not always in the same order: a machine gets slower and
		// faster as it likes.
		if i%2 == 0 {
			known, unknown = append(known, attempt(userID)), append(unknown, attempt(fmt.Sprint("nobody", n)))
		} else {
			unknown, known = append(unknown, attempt(fmt.Sprint("nobody", n))), append(known, attempt(userID))
		}
	}
	t.Logf("sign-in, %d attempts each\n%s\n%s\nrank test: z = %.2f (beyond ±2.58 in one of a hundred runs, when there is nothing to be told)",
		timings, distribution("known User ID", known), distribution("unknown User ID", unknown), rankTest(known, unknown))
}

// distribution is a line of quantiles.
func distribution(name string, took []time.Duration) string {
	sorted := slices.Sorted(slices.Values(took))
	var b strings.Builder
	fmt.Fprintf(&b, "  %-16s", name)
	for _, q := range []int{0, 5, 25, 50, 75, 95, 100} {
		fmt.Fprintf(&b, "  %d%% %.2f ms", q, float64(sorted[(len(sorted)-1)*q/100])/float64(time.Millisecond))
	}
	return b.String()
}

// rankTest is the Mann-Whitney test of two samples, as the z of its normal
// approximation: near zero when neither is the larger one.
func rankTest(a, b []time.Duration) float64 {
	type entry struct {
		took time.Duration
		of   int
	}
	var all []entry
	for _, d := range a {
		all = append(all, entry{d, 0})
	}
	for _, d := range b {
		all = append(all, entry{d, 1})
	}
	slices.SortFunc(all, func(x, y entry) int { return cmp.Compare(x.took, y.took) })
	sum := 0.0
	for rank, e := range all {
		if e.of == 0 {
			sum += float64(rank + 1)
		}
	}
	n, m := float64(len(a)), float64(len(b))
	u := sum - n*(n+1)/2
	return (u - n*m/2) / math.Sqrt(n*m*(n+m+1)/12)
}

func TestRankTest(t *testing.T) {
	var low, high, same []time.Duration
	for i := range 50 {
		low, high, same = append(low, time.Duration(2*i)), append(high, time.Duration(200+i)), append(same, time.Duration(2*i+1))
	}
	if z := rankTest(low, high); z > -8 {
		t.Errorf("all below: z = %v", z)
	}
	if z := rankTest(low, same); math.Abs(z) > 0.5 {
		t.Errorf("alike: z = %v", z)
	}
}
