package password_test

import (
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/password"
)

func TestCalibrate(t *testing.T) {
	// A machine that needs a millisecond for each pass over a MiB.
	measure := func(p password.Params) time.Duration {
		return time.Duration(p.MemoryKiB/1024*p.Iterations) * time.Millisecond
	}
	for name, c := range map[string]struct {
		target time.Duration
		most   uint32
		want   password.Params
	}{
		"memory and passes": {300 * time.Millisecond, 64, password.Params{MemoryKiB: 64 << 10, Iterations: 4, Parallelism: 4}},
		"exactly":           {256 * time.Millisecond, 64, password.Params{MemoryKiB: 64 << 10, Iterations: 4, Parallelism: 4}},
		"just not":          {255 * time.Millisecond, 64, password.Params{MemoryKiB: 64 << 10, Iterations: 3, Parallelism: 4}},
		"less memory":       {100 * time.Millisecond, 64, password.Params{MemoryKiB: 32 << 10, Iterations: 3, Parallelism: 4}},
		"the floor":         {time.Millisecond, 64, password.Params{MemoryKiB: 19 << 10, Iterations: 2, Parallelism: 4}},
		"the ceiling":       {time.Hour, 4096, password.Params{MemoryKiB: 256 << 10, Iterations: 16, Parallelism: 4}},
		"little memory":     {time.Hour, 1, password.Params{MemoryKiB: 19 << 10, Iterations: 16, Parallelism: 4}},
	} {
		got, took := password.Calibrate(c.target, c.most, 4, measure)
		if got != c.want || took != measure(got) || got.Check() != nil {
			t.Errorf("%s: %v in %v, want %v", name, got, took, c.want)
		}
	}
}

func TestCostOrdersSchemes(t *testing.T) {
	last := 0.0
	for _, scheme := range []string{
		"sha256", "pbkdf2-sha1 i=1000", "pbkdf2-sha256 i=10000", "pbkdf2-sha1 i=600000", "bcrypt c=9", "pbkdf2-sha256 i=600000",
		"argon2id m=65536,t=3,p=4", "bcrypt-sha256 c=14",
	} {
		c := password.Cost(scheme)
		if c < last {
			t.Errorf("%s: %v after %v", scheme, c, last)
		}
		last = c
	}
	for scheme, want := range map[string]float64{
		"argon2id m=19456,t=2,p=1": 1, "scrypt ln=17,r=8,p=1": 1, "bcrypt c=10": 1, "pbkdf2-sha512 i=220000": 1, "pbkdf2-sha256 i=600000": 1, "": 0, "md5": 0,
	} {
		if got := password.Cost(scheme); got != want {
			t.Errorf("%q: %v, want %v", scheme, got, want)
		}
	}
}
