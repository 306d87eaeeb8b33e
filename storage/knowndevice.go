package storage

import (
	"context"
	"time"
)

// KnownDevice is a browser in which a person has signed in. It has a budget of
// failures of its own, which those who guess elsewhere cannot use up.
type KnownDevice struct {
	// Hash is the SHA-256 of the 256-bit secret in the browser's cookie.
	Hash     []byte
	PersonID string
	// Failures counts attempts in a row from this browser.
	Failures int64
	KnownAt  time.Time
	// UsedAt is when the person last signed in there.
	UsedAt time.Time
}

// KnownDevices keeps a few browsers of each person.
type KnownDevices interface {
	// Know adds the browser, or notes that it was used and clears its failures;
	// of the person's browsers only the given number, last used, stay.
	Know(ctx context.Context, d KnownDevice, most int) error
	// Get returns the browser of that person, or ErrNotFound.
	Get(ctx context.Context, hash []byte, personID string) (KnownDevice, error)
	// Known reports whether anybody signed in with the browser.
	Known(ctx context.Context, hash []byte) (bool, error)
	// Reserve enters one attempt from the browser where its failures are below
	// the given number, and reports whether it did.
	Reserve(ctx context.Context, hash []byte, personID string, failures int64) (bool, error)
	// Return takes back an attempt that was none.
	Return(ctx context.Context, hash []byte, personID string) error
	// Forget removes all browsers of a person.
	Forget(ctx context.Context, personID string) error
}
