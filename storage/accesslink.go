package storage

import (
	"context"
	"time"
)

// LinkPurpose is what a mailed link lets its holder do.
type LinkPurpose string

// The purposes.
const (
	// LinkRecover: choose a new personal password.
	LinkRecover LinkPurpose = "recover"
	// LinkTemporary: be shown a temporary password.
	LinkTemporary LinkPurpose = "temporary"
)

// AccessLink is a link that was mailed to somebody. A person has at most one of
// each purpose.
type AccessLink struct {
	// Hash is the SHA-256 of its 256-bit secret.
	Hash     []byte
	PersonID string
	Purpose  LinkPurpose
	// PasswordVersion is the version of the password for which it was made.
	PasswordVersion int64
	CreatedAt       time.Time
	ExpiresAt       time.Time
}

// AccessLinks keeps them.
type AccessLinks interface {
	// Put adds l in the place of the one that the person had for the purpose.
	Put(ctx context.Context, l AccessLink) error
	// Get returns the link, or ErrNotFound; also when it is past ExpiresAt.
	Get(ctx context.Context, hash []byte, purpose LinkPurpose, at time.Time) (AccessLink, error)
	// Take returns the link and removes it: of many callers exactly one gets it,
	// the others ErrNotFound.
	Take(ctx context.Context, hash []byte, purpose LinkPurpose, at time.Time) (AccessLink, error)
	// Drop removes all links of a person.
	Drop(ctx context.Context, personID string) error
	// Purge removes up to limit links that expired before the given time.
	Purge(ctx context.Context, before time.Time, limit int) (int64, error)
}
