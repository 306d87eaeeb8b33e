package storage

import (
	"context"
	"time"
)

// FormerPassword is a personal password that was replaced. It is kept while
// periodic changes are enforced, so that it is not chosen again.
type FormerPassword struct {
	PersonID string
	// Version is the one that it had.
	Version int64
	// Verifier is sealed, as that of Password.
	Verifier []byte
	Scheme   string
	SetAt    time.Time
}

// FormerPasswords keeps the newest few of each person.
type FormerPasswords interface {
	// Add adds f and removes all of the person but the newest keep.
	Add(ctx context.Context, f FormerPassword, keep int) error
	// List returns those of a person, newest first.
	List(ctx context.Context, personID string) ([]FormerPassword, error)
	// Clear removes those of a person.
	Clear(ctx context.Context, personID string) error
}
