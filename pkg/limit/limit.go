package limit

import (
	"net/netip"
	"time"
)

// Forget is how long after the last failure a count is forgotten.
const Forget = 24 * time.Hour

// The delays of an account (NIST SP 800-63B-4 section 3.2.2 allows rising
// waits): three failures are free, then each doubles the wait, up to
// suspension of the password.
const (
	freeFailures = 3
	// suspendAfter failures in a row the password rests for suspension.
	suspendAfter = 10
	suspension   = 15 * time.Minute
)

// AccountDelay is how long after the last failure the next attempt must wait.
func AccountDelay(failures int64) time.Duration {
	switch {
	case failures <= freeFailures:
		return 0
	case failures >= suspendAfter:
		return suspension
	}
	return time.Second << (failures - freeFailures - 1)
}

// The budget of an address: generous, because a hospital may be behind one,
// and a wall against one machine that tries many accounts.
const (
	addressFailures = 50
	addressWait     = 15 * time.Minute
	// AddressForget is how long after the last failure an address is forgotten.
	AddressForget = 30 * time.Minute
)

// AddressDelay is how long after the last failure from an address the next
// attempt from there must wait.
func AddressDelay(failures int64) time.Duration {
	if failures < addressFailures {
		return 0
	}
	return addressWait
}

// Block is the part of an address that one subscriber holds: all of an IPv4
// address, the first 64 bits of an IPv6 one, of which a household or a rented
// machine has the rest to itself (RFC 6177).
func Block(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{} // the zero address: all callers without one share a budget
	}
	return p
}

// Wait is what is left of a delay that began at last.
func Wait(delay time.Duration, last, now time.Time) time.Duration {
	if delay == 0 || last.IsZero() {
		return 0
	}
	return max(last.Add(delay).Sub(now), 0)
}
