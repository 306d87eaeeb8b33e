package storage

import (
	"context"
	"time"
)

// Guess is how often somebody tried to sign in with an account's password and
// did not, as far as it has to survive everything.
type Guess struct {
	// Failures counts attempts in a row, whatever password stood there: only a
	// success, or a new authenticator in the place of the old, clears it.
	Failures int64
	// Against counts those against the password that stands now.
	Against int64
	// LastAt is when the newest was entered.
	LastAt time.Time
}

// Guesses counts attempts before it is known what becomes of them, so that many
// at once, on many replicas, cannot be more than what is allowed.
type Guesses interface {
	// Reserve enters one attempt at an account where both counts are below the
	// given ones, and reports whether it did. It returns the counts as they
	// are then.
	Reserve(ctx context.Context, account string, failures, against int64, at time.Time) (Guess, bool, error)
	// Return takes back an attempt that was none.
	Return(ctx context.Context, account string) error
	// Renew clears Against alone: another password stands there now, and nobody
	// has proven anything.
	Renew(ctx context.Context, account string) error
	// Clear clears both counts.
	Clear(ctx context.Context, account string) error
	// Get returns the counts, zero where there are none.
	Get(ctx context.Context, account string) (Guess, error)
}
