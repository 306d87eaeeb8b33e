package limit

import (
	"net/netip"
	"time"
)

// Budget says what a number of failures costs: Free of them nothing, the next
// ones a wait each, as long as Waits says; the last holds for all that follow.
// storage.Claim applies it where the count is kept.
type Budget struct {
	Free  int64
	Waits []time.Duration
	// Forget is how long after the last failure the count is forgotten.
	Forget time.Duration
}

// suspension is how long a password rests after ten failures in a row, and
// after each one that follows.
const suspension = 15 * time.Minute

// Account is the budget of an account for browsers that it does not know (NIST
// SP 800-63B-4 section 3.2.2 allows rising waits): three failures are free, then
// each doubles the wait, and from the tenth on the password is suspended.
func Account() Budget {
	return Budget{Free: 3, Waits: []time.Duration{
		time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, suspension,
	}, Forget: 24 * time.Hour}
}

// Device is the budget of a browser in which the person has signed in. It ends
// with DeviceFailures, after which the browser is as any other.
func Device() Budget {
	b := Account()
	b.Waits = b.Waits[:len(b.Waits)-1]
	return b
}

// Address is the budget of one address: generous, because a hospital may be
// behind it, and a wall against one machine that tries many accounts.
func Address() Budget {
	return Budget{Free: 49, Waits: []time.Duration{suspension}, Forget: 30 * time.Minute}
}

// Neighbourhood is the budget of the addresses around one, for who has a few
// hundred of them.
func Neighbourhood() Budget {
	return Budget{Free: 199, Waits: []time.Duration{suspension}, Forget: 30 * time.Minute}
}

// The counts that survive everything. NIST SP 800-63B-4 section 3.2.2 allows 100
// failures in a row with one password on one account, wherever they come from:
// Failures + Devices × DeviceFailures is that.
const (
	// Failures is how many there may be in browsers that the account does not
	// know, at most; fewer may be configured. The password is then disabled
	// there until another one is bound.
	Failures = 50
	// Devices is how many browsers of a person are known, and DeviceFailures how
	// many failures each of them bears.
	Devices        = 5
	DeviceFailures = 10
	// TemporaryFailures is how many a temporary password bears, wherever they
	// come from.
	TemporaryFailures = 10
)

// DeviceMemory is how long after the last sign-in there a browser is known.
const DeviceMemory = 180 * 24 * time.Hour

// Block is the part of an address that one subscriber holds: all of an IPv4
// address, the first 64 bits of an IPv6 one, of which a household or a rented
// machine has the rest to itself (RFC 6177).
func Block(a netip.Addr) netip.Prefix { return prefix(a, 32, 64) }

// Around is the block that an address is one of: 24 bits of an IPv4 address, 56
// bits of an IPv6 one, which is what providers give to a site (RFC 6177).
func Around(a netip.Addr) netip.Prefix { return prefix(a, 24, 56) }

func prefix(a netip.Addr, bits4, bits6 int) netip.Prefix {
	a = a.Unmap()
	bits := bits6
	if a.Is4() {
		bits = bits4
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{} // the zero address: all callers without one share a budget
	}
	return p
}
