package limit_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/limit"
)

func TestAccountDelay(t *testing.T) {
	for failures, want := range map[int64]time.Duration{
		0: 0, 1: 0, 3: 0, 4: time.Second, 5: 2 * time.Second, 6: 4 * time.Second, 9: 32 * time.Second,
		10: 15 * time.Minute, 11: 15 * time.Minute, 1 << 62: 15 * time.Minute,
	} {
		if got := limit.AccountDelay(failures); got != want {
			t.Errorf("after %d failures: %v, want %v", failures, got, want)
		}
	}
}

func TestDelaysNeverFall(t *testing.T) {
	for n := range int64(200) {
		if limit.AccountDelay(n+1) < limit.AccountDelay(n) || limit.AddressDelay(n+1) < limit.AddressDelay(n) {
			t.Errorf("a delay falls after %d failures", n)
		}
	}
	if limit.AddressDelay(49) != 0 || limit.AddressDelay(50) == 0 {
		t.Error("the budget of an address is not 50")
	}
}

func TestBlock(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", "::ffff:192.0.2.7": "192.0.2.7/32",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := limit.Block(netip.MustParseAddr(address)).String(); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
	if limit.Block(netip.Addr{}).IsValid() {
		t.Error("no address has a block")
	}
}

func TestWait(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		delay time.Duration
		last  time.Time
		want  time.Duration
	}{
		"no delay":   {0, now, 0},
		"never":      {time.Hour, time.Time{}, 0},
		"just now":   {time.Minute, now, time.Minute},
		"half over":  {time.Minute, now.Add(-30 * time.Second), 30 * time.Second},
		"over":       {time.Minute, now.Add(-time.Minute), 0},
		"clock skew": {time.Minute, now.Add(time.Second), 61 * time.Second},
	} {
		if got := limit.Wait(test.delay, test.last, now); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
