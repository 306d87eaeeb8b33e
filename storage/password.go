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
	// ForcedAt is when it was decided that the password has to be changed, and
	// ForcedReason why; zero and empty when it was not.
	ForcedAt     time.Time
	ForcedReason string
	// RemindAt is when a person who put off changing the password is asked
	// again.
	RemindAt time.Time
	// Short says that it does only together with a second factor.
	Short bool
	// Untold says that it came from another system, and that its owner was not told
	// the User ID here and has not signed in.
	Untold bool
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
	// Replace puts p in the place of the password whose version is p.Version
	// and increments the version; otherwise ErrStale. What was decided about
	// the old password is gone with it. Of many callers with one version
	// exactly one succeeds.
	Replace(ctx context.Context, p Password) error
	// Reseal overwrites Verifier, Scheme and Untold where the version is p.Version,
	// without a new version: for a re-hash of the same password. ErrStale
	// otherwise.
	Reseal(ctx context.Context, p Password) error
	// Force notes that a personal password has to be changed, unless that was
	// noted before, and reports whether this call did.
	Force(ctx context.Context, personID, reason string, at time.Time) (bool, error)
	// Remind sets RemindAt where the version is the given one.
	Remind(ctx context.Context, personID string, version int64, at time.Time) error
	// Told takes Untold away from the password that the person has, if any.
	Told(ctx context.Context, personID string) error
	// Page returns up to limit personal passwords of people whose ID sorts
	// after the given one, in that order.
	Page(ctx context.Context, after string, limit int) ([]Password, error)
}
