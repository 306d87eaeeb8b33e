package storage

import (
	"context"
	"time"
)

// PasswordKind tells a temporary password from a personal one.
type PasswordKind string

// The kinds of password.
const (
	// PasswordTemporary: made by Claviger, leads only to choosing a personal one.
	PasswordTemporary PasswordKind = "temporary"
	// PasswordPersonal: chosen by the person.
	PasswordPersonal PasswordKind = "personal"
)

// Password is the one password that a person has now.
type Password struct {
	PersonID string
	Kind     PasswordKind
	// Verifier is sealed: a PHC string for a personal password, a SHA-256 for
	// a temporary one.
	Verifier []byte
	// Scheme names the algorithm and its parameters in the clear, so that the
	// weakest stored hash can be reported without opening any.
	Scheme string
	// SetAt is when this password was issued or chosen.
	SetAt time.Time
	// ExpiresAt is when a temporary password dies; zero for a personal one.
	ExpiresAt time.Time
	// Failures counts consecutive failed attempts against this password.
	Failures int64
	// LastFailureAt is when the newest of them happened.
	LastFailureAt time.Time
	// Version counts replacements, from 1, over the life of the person.
	Version int64
}

// Passwords keeps one current password a person.
type Passwords interface {
	// Get returns the current password of the person, or ErrNotFound.
	Get(ctx context.Context, personID string) (Password, error)
	// Insert adds the first password of a person, with Version 1. ErrConflict
	// when there is one.
	Insert(ctx context.Context, p Password) error
	// Replace puts p in the place of the password whose version is p.Version,
	// clears the failures and increments the version; otherwise ErrStale.
	// Of many callers with one version exactly one succeeds.
	Replace(ctx context.Context, p Password) error
	// Reseal overwrites Verifier and Scheme where the version is p.Version,
	// without a new version: for a re-hash of the same password. ErrStale
	// otherwise.
	Reseal(ctx context.Context, p Password) error
	// Fail counts one failed attempt at the given time and returns the new
	// number. ErrNotFound when the person has no password.
	Fail(ctx context.Context, personID string, at time.Time) (int64, error)
	// ClearFailures sets the count to zero.
	ClearFailures(ctx context.Context, personID string) error
}
