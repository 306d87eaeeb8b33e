package keys

import (
	"time"

	"github.com/claviger-id/claviger/storage"
)

// The life of a signing key.
const (
	// Period is how long a key signs before its successor does.
	Period = 90 * 24 * time.Hour
	// Announced is how long a successor is published before it signs: longer
	// than any relying application caches the key set.
	Announced = 24 * time.Hour
	// Kept is how long a key stays published after it stopped signing: the
	// longest life of a token, an hour, and time for clocks and caches.
	Kept = 2 * time.Hour
)

// current returns the index of the key that signs at the given time: of those
// that are active the youngest, or -1.
func current(all []storage.SigningKey, alg string, at time.Time) int {
	best := -1
	for i, k := range all {
		if k.Algorithm != alg || k.ActiveFrom.After(at) || (!k.RetiresAt.IsZero() && !k.RetiresAt.After(at)) {
			continue
		}
		if best < 0 || k.ActiveFrom.After(all[best].ActiveFrom) {
			best = i
		}
	}
	return best
}

// successorDue reports whether a successor of the key must be published at the
// given time: when it is within Announced of the end of its period and has no
// end yet.
func successorDue(k storage.SigningKey, at time.Time) bool {
	return k.RetiresAt.IsZero() && !at.Before(k.ActiveFrom.Add(Period-Announced))
}

// succeed plans the change from a key to its successor: when the successor
// begins to sign, the key stops; it stays published for Kept.
func succeed(k storage.SigningKey, at time.Time) (old storage.SigningKey, activeFrom time.Time) {
	activeFrom = k.ActiveFrom.Add(Period)
	if soonest := at.Add(Announced); activeFrom.Before(soonest) {
		activeFrom = soonest // the process was not running when it was due
	}
	k.RetiresAt = activeFrom
	k.ExpiresAt = activeFrom.Add(Kept)
	return k, activeFrom
}
