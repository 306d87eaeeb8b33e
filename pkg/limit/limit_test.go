package limit_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/storage"
)

// after is how long after so many failures the next attempt has to wait.
func after(b limit.Budget, failures int64) time.Duration {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return storage.Claim{Free: b.Free, Waits: b.Waits}.Wait(storage.Attempt{Count: failures, Last: now}, now)
}

func TestBudgets(t *testing.T) {
	for name, test := range map[string]struct {
		budget limit.Budget
		after  map[int64]time.Duration
	}{
		"account": {limit.Account(), map[int64]time.Duration{
			0: 0, 1: 0, 3: 0, 4: time.Second, 5: 2 * time.Second, 6: 4 * time.Second, 7: 8 * time.Second, 8: 16 * time.Second,
			9: 32 * time.Second, 10: 15 * time.Minute, 11: 15 * time.Minute, 1 << 62: 15 * time.Minute,
		}},
		"device": {limit.Device(), map[int64]time.Duration{
			0: 0, 3: 0, 4: time.Second, 9: 32 * time.Second, 10: 32 * time.Second,
		}},
		"address":                {limit.Address(), map[int64]time.Duration{0: 0, 49: 0, 50: 15 * time.Minute, 51: 15 * time.Minute}},
		"application":            {limit.Application(), map[int64]time.Duration{0: 0, 9: 0, 10: time.Hour, 11: time.Hour}},
		"recovery":               {limit.Recovery(), map[int64]time.Duration{0: 0, 29: 0, 30: 15 * time.Minute}},
		"recovery of an account": {limit.RecoveryOfAccount(), map[int64]time.Duration{0: 0, 2: 0, 3: 20 * time.Minute}},
		"choice":                 {limit.Choice(), map[int64]time.Duration{0: 0, 9: 0, 10: 30 * time.Second, 11: time.Minute, 14: 15 * time.Minute, 99: 15 * time.Minute}},
		"judgement":              {limit.Judgement(), map[int64]time.Duration{0: 0, 9: 0, 10: time.Minute}},
		"neighbourhood":          {limit.Neighbourhood(), map[int64]time.Duration{0: 0, 199: 0, 200: 15 * time.Minute, 1 << 62: 15 * time.Minute}},
	} {
		for failures, want := range test.after {
			if got := after(test.budget, failures); got != want {
				t.Errorf("%s: after %d failures %v, want %v", name, failures, got, want)
			}
		}
		for n := range int64(300) {
			if after(test.budget, n+1) < after(test.budget, n) {
				t.Errorf("%s: the wait falls after %d failures", name, n)
			}
		}
		if test.budget.Forget < after(test.budget, 1<<62) {
			t.Errorf("%s: forgotten before the longest wait is over", name)
		}
	}
}

// TestNoMoreThanAHundred is NIST SP 800-63B-4 section 3.2.2.
func TestNoMoreThanAHundred(t *testing.T) {
	if all := limit.Failures + limit.Devices*limit.DeviceFailures; all > 100 {
		t.Errorf("%d failures in a row with one password", all)
	}
}

func TestBlocks(t *testing.T) {
	for address, want := range map[string][2]string{
		"192.0.2.7": {"192.0.2.7/32", "192.0.2.0/24"}, "::ffff:192.0.2.7": {"192.0.2.7/32", "192.0.2.0/24"},
		"2001:db8:1:2345:3:4:5:6": {"2001:db8:1:2345::/64", "2001:db8:1:2300::/56"}, "fe80::1%eth0": {"fe80::/64", "fe80::/56"},
	} {
		a := netip.MustParseAddr(address)
		if got := [2]string{limit.Block(a).String(), limit.Around(a).String()}; got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
	if limit.Block(netip.Addr{}).IsValid() || limit.Around(netip.Addr{}).IsValid() {
		t.Error("no address has a block")
	}
}
