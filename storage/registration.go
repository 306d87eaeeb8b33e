package storage

import (
	"context"
	"time"
)

// Registration is the origin of a client that registered itself (RFC 7591).
type Registration struct {
	ClientID string
	// TokenSHA256 is the hash of the token with which the client manages its
	// registration (RFC 7592).
	TokenSHA256 []byte
	// InitialToken is the id of the token that it was registered with, or empty.
	InitialToken string
	// Scopes are the most that it may ask for.
	Scopes       []string
	RegisteredAt time.Time
	// UsedAt is when the client last got a token, to within a minute or so; at
	// first when it was registered.
	UsedAt time.Time
}

// Registrations keeps which clients registered themselves.
type Registrations interface {
	// Lock has every other transaction that calls it wait for the end of this
	// one, so that Count stays true.
	Lock(ctx context.Context) error
	// Insert adds r, or ErrConflict.
	Insert(ctx context.Context, r Registration) error
	Get(ctx context.Context, clientID string) (Registration, error)
	// Rotate puts another token in the place of the given one, or ErrStale.
	Rotate(ctx context.Context, clientID string, from, to []byte) error
	// Touch moves UsedAt of a client to a later time; one that did not register
	// itself is passed over.
	Touch(ctx context.Context, clientID string, at time.Time) error
	// Remove removes the registration and reports whether there was one.
	Remove(ctx context.Context, clientID string) (bool, error)
	Count(ctx context.Context) (int64, error)
	// Unused returns up to limit clients whose UsedAt is before the given time.
	Unused(ctx context.Context, before time.Time, limit int) ([]string, error)
}
