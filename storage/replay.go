package storage

import (
	"context"
	"time"
)

// Replay is that something was done under a key, and what was answered: who repeats the
// request under the same key is answered the same, and nothing is done.
type Replay struct {
	// ID is made of who asked, for what and the key; Request is the hash of the request.
	ID      string
	Request []byte
	// Answer is sealed; nil until it is known.
	Answer    []byte
	CreatedAt time.Time
	// ExpiresAt is when the key may be used anew.
	ExpiresAt time.Time
}

// Replays keeps what was done under keys.
type Replays interface {
	// Insert adds r, without an answer, in the place of one that has expired at
	// r.CreatedAt; ErrConflict when there is one with its ID that has not. The
	// transaction stays usable.
	Insert(ctx context.Context, r Replay) error
	// Get returns the one that has not expired at the given time, or ErrNotFound.
	Get(ctx context.Context, id string, at time.Time) (Replay, error)
	// Answer writes the answer, or ErrNotFound.
	Answer(ctx context.Context, id string, answer []byte) error
	// Purge removes up to limit that have expired at the given time and returns how many.
	Purge(ctx context.Context, at time.Time, limit int) (int64, error)
}
