package storage

import (
	"context"
	"time"
)

// Subscription is somebody outside who is told of events.
type Subscription struct {
	ID string
	// Address is the sealed address, and Secrets are the sealed secrets by which
	// calls are signed; package event seals and opens them.
	Address, Secrets []byte
	// Kinds are those of the events that are told of.
	Kinds []string
	// Enabled says that it is told now; otherwise what happens waits.
	Enabled bool
	// Next is the place in the audit log of the first event that has not been looked
	// at.
	Next      int64
	CreatedAt time.Time
	UpdatedAt time.Time
	// Version counts changes, from 1.
	Version int64
}

// Subscriptions keeps who is told of events.
type Subscriptions interface {
	// Insert adds s with Version 1, or ErrConflict.
	Insert(ctx context.Context, s Subscription) error
	// Get returns one, or ErrNotFound.
	Get(ctx context.Context, id string) (Subscription, error)
	// List returns all of them, by ID. There are few.
	List(ctx context.Context) ([]Subscription, error)
	// Update writes Address, Secrets, Kinds, Enabled and UpdatedAt where the version
	// is s.Version, and increments it; otherwise ErrStale.
	Update(ctx context.Context, s Subscription) error
	// Advance moves Next from one place to another; ErrStale when it stands
	// elsewhere: of many callers exactly one succeeds.
	Advance(ctx context.Context, id string, from, to int64) error
	// Remove removes one, or ErrNotFound.
	Remove(ctx context.Context, id string) error
}
