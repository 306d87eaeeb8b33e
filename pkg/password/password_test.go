package password_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/password"
)

// cheap is the floor: tests need not cost what sign-ins do.
var cheap = password.Params{MemoryKiB: 19 << 10, Iterations: 2, Parallelism: 1}

func hasher(t testing.TB, budgetMiB, cores int) *password.Hasher {
	t.Helper()
	h, err := password.NewHasher(cheap, budgetMiB, cores)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHashAndVerify(t *testing.T) {
	h := hasher(t, 64, 2)
	ctx := t.Context()
	phc, err := h.Hash(ctx, "correct horse battery staple")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("PHC string %q", phc)
	}
	if match, rehash, err := h.Verify(ctx, phc, "correct horse battery staple"); !match || rehash || err != nil {
		t.Errorf("right password: %v, %v, %v", match, rehash, err)
	}
	for _, wrong := range []string{"", "correct horse battery stapl", "Correct horse battery staple", " correct horse battery staple", "correct horse battery staple "} {
		if match, _, err := h.Verify(ctx, phc, wrong); match || err != nil {
			t.Errorf("%q: %v, %v", wrong, match, err)
		}
	}
	long := strings.Repeat("ü", 256)
	phc, err = h.Hash(ctx, long)
	if err != nil {
		t.Fatal(err)
	}
	if match, _, _ := h.Verify(ctx, phc, strings.Repeat("ü", 255)+"u"); match {
		t.Error("the end of a long password is not verified")
	}
}

func TestSameCharactersTypedElsewhereMatch(t *testing.T) {
	h := hasher(t, 64, 2)
	phc, err := h.Hash(t.Context(), "caf\u00e9 au lait et \u00e9clairs")
	if err != nil {
		t.Fatal(err)
	}
	if match, _, err := h.Verify(t.Context(), phc, "cafe\u0301 au lait et e\u0301clairs"); !match || err != nil {
		t.Errorf("decomposed form: %v, %v", match, err)
	}
}

// The strings were made with the reference implementation's command line
// (Debian package argon2): printf %s PASSWORD | argon2 SALT -id -k M -t T -p P -e
func TestVectorsOfTheReferenceImplementation(t *testing.T) {
	h := hasher(t, 128, 2)
	for phc, pw := range vectors {
		match, rehash, err := h.Verify(t.Context(), phc, pw)
		if !match || err != nil {
			t.Errorf("%s: match %v, %v", phc, match, err)
		}
		if cheaper := !strings.Contains(phc, "m=19456,t=2,p=1"); rehash != cheaper {
			t.Errorf("%s: rehash %v", phc, rehash)
		}
	}
}

func TestStoredHashesAreBounded(t *testing.T) {
	h := hasher(t, 64, 2)
	const salt, tag = "c29tZXNhbHRzb21lc2FsdA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for name, phc := range map[string]string{
		"empty": "", "other algorithm": "$argon2d$v=19$m=65536,t=3,p=4$" + salt + "$" + tag,
		"other version":   "$argon2id$v=16$m=65536,t=3,p=4$" + salt + "$" + tag,
		"memory bomb":     "$argon2id$v=19$m=4194304,t=3,p=4$" + salt + "$" + tag,
		"endless":         "$argon2id$v=19$m=65536,t=4000000000,p=4$" + salt + "$" + tag,
		"no passes":       "$argon2id$v=19$m=65536,t=0,p=4$" + salt + "$" + tag,
		"no lanes":        "$argon2id$v=19$m=65536,t=3,p=0$" + salt + "$" + tag,
		"many lanes":      "$argon2id$v=19$m=65536,t=3,p=255$" + salt + "$" + tag,
		"lanes wrap":      "$argon2id$v=19$m=65536,t=3,p=260$" + salt + "$" + tag,
		"plus sign":       "$argon2id$v=19$m=+65536,t=3,p=4$" + salt + "$" + tag,
		"leading zero":    "$argon2id$v=19$m=065536,t=3,p=4$" + salt + "$" + tag,
		"order":           "$argon2id$v=19$t=3,m=65536,p=4$" + salt + "$" + tag,
		"short salt":      "$argon2id$v=19$m=65536,t=3,p=4$YWI$" + tag,
		"no tag":          "$argon2id$v=19$m=65536,t=3,p=4$" + salt + "$",
		"padding":         "$argon2id$v=19$m=65536,t=3,p=4$" + salt + "==$" + tag,
		"trailing":        "$argon2id$v=19$m=65536,t=3,p=4$" + salt + "$" + tag + "$x",
		"enormous fields": "$argon2id$v=19$m=65536,t=3,p=4$" + strings.Repeat("A", 4000) + "$" + tag,
	} {
		if _, _, err := h.Verify(t.Context(), phc, "x"); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if n := h.Stats().Computed; n != 0 {
		t.Errorf("%d of them were computed", n)
	}
}

func TestWeakParametersAreRefused(t *testing.T) {
	for _, p := range []password.Params{
		{MemoryKiB: 19<<10 - 1, Iterations: 2, Parallelism: 1}, {MemoryKiB: 19 << 10, Iterations: 1, Parallelism: 1},
		{MemoryKiB: 19 << 10, Iterations: 2}, {MemoryKiB: 1 << 30, Iterations: 2, Parallelism: 1},
	} {
		if _, err := password.NewHasher(p, 1<<20, 2); err == nil {
			t.Errorf("%v: accepted", p)
		}
	}
	if _, err := password.NewHasher(password.DefaultParams(), 63, 2); err == nil {
		t.Error("a budget below one hash: accepted")
	}
}

func TestThePoolBoundsWhatRunsAndWaits(t *testing.T) {
	h := hasher(t, 19, 8) // memory for one
	if h.Stats().Slots != 1 {
		t.Fatalf("slots = %d", h.Stats().Slots)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	busy := 0
	for range 40 {
		wg.Go(func() {
			err := h.VerifyNothing(t.Context(), "x")
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, password.ErrBusy) {
				busy++
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s := h.Stats()
	if busy == 0 || int64(busy) != s.Refused || s.Computed != int64(40-busy) || s.Running != 0 {
		t.Errorf("busy %d, stats %+v", busy, s)
	}
}

func TestACancelledRequestKeepsItsSlotUntilTheHashEnds(t *testing.T) {
	h, err := password.NewHasher(password.Params{MemoryKiB: 64 << 10, Iterations: 16, Parallelism: 1}, 64, 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := h.VerifyNothing(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error = %v", err)
	}
	if h.Stats().Running != 1 {
		t.Error("the slot was given back while the hash ran on")
	}
}

func TestLengthIsBoundedBeforeHashing(t *testing.T) {
	h := hasher(t, 64, 2)
	for _, long := range []string{strings.Repeat("a", 257), strings.Repeat("a", 1<<20), strings.Repeat("\u0344", 500)} {
		if _, err := h.Hash(t.Context(), long); !errors.Is(err, password.ErrTooLong) {
			t.Errorf("%d bytes: %v", len(long), err)
		}
	}
	if n := h.Stats().Computed; n != 0 {
		t.Errorf("%d of them were computed", n)
	}
	if _, err := h.Hash(t.Context(), strings.Repeat("\U0001F600", 256)); err != nil {
		t.Errorf("256 code points of four bytes: %v", err)
	}
}

func TestTemporary(t *testing.T) {
	seen := map[string]bool{}
	used := map[rune]int{}
	for range 2000 {
		pw := password.NewTemporary()
		if len(pw) != 23 || seen[pw] || strings.ContainsAny(pw, "01OIL") {
			t.Fatalf("temporary password %q", pw)
		}
		seen[pw] = true
		if password.NormalizeTemporary(pw) != pw {
			t.Fatalf("%q is not its own normal form", pw)
		}
		for _, r := range strings.ReplaceAll(pw, "-", "") {
			used[r]++
		}
	}
	// 40,000 draws of 31: each is expected 1290 times, give or take 35.
	if len(used) != 31 {
		t.Errorf("%d characters are in use", len(used))
	}
	for r, n := range used {
		if n < 1000 || n > 1600 {
			t.Errorf("%c was drawn %d times", r, n)
		}
	}
}

func TestNormalizeTemporary(t *testing.T) {
	const want = "K7QX2-M9RTD-48WPA-HJ3CV"
	for _, typed := range []string{
		want, "k7qx2-m9rtd-48wpa-hj3cv", "K7QX2M9RTD48WPAHJ3CV", " k7qx2 m9rtd 48wpa hj3cv ", "K7QX2–M9RTD–48WPA–HJ3CV", "K7-QX2M9RTD48WPAHJ-3CV",
	} {
		if got := password.NormalizeTemporary(typed); got != want {
			t.Errorf("%q: %q", typed, got)
		}
	}
	for _, typed := range []string{"", "-", want + "A", want[1:], "O7QX2-M9RTD-48WPA-HJ3CV", strings.Repeat("A", 10000), "K7QX2-M9RTD-48WPA-HJ3C\x00", "Ｋ7QX2-M9RTD-48WPA-HJ3CV"} {
		if got := password.NormalizeTemporary(typed); got != "" {
			t.Errorf("%q: %q, want none", typed, got)
		}
	}
}

func BenchmarkVerifyDefault(b *testing.B) {
	h, err := password.NewHasher(password.DefaultParams(), 64, 1)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := h.VerifyNothing(b.Context(), "correct horse battery staple"); err != nil {
			b.Fatal(err)
		}
	}
}
