package storage

import (
	"context"
	"time"
)

// ApplicationState is where an application for an account stands.
type ApplicationState string

// The states of an application. What follows an approval is the state of the
// person.
const (
	// ApplicationSubmitted: nobody has decided yet.
	ApplicationSubmitted ApplicationState = "submitted"
	// ApplicationApproved: there is an account.
	ApplicationApproved ApplicationState = "approved"
	// ApplicationRejected: there will be none from this application.
	ApplicationRejected ApplicationState = "rejected"
)

// Application is what somebody handed in to get an account.
type Application struct {
	ID    string
	State ApplicationState
	// Source is where it came from.
	Source string
	// Profile is the sealed profile; package person seals and opens it.
	Profile []byte
	// NPIIndex is the blind index of the NPI, or nil. One application that is
	// submitted may have it.
	NPIIndex []byte
	// SubmittedBy and DecidedBy name whoever did; DecidedBy is empty before.
	SubmittedBy string
	SubmittedAt time.Time
	DecidedBy   string
	DecidedAt   time.Time
	// Reason is the code of a rejection.
	Reason string
	// PersonID is the account that an approval made.
	PersonID string
	// Version counts changes, from 1.
	Version int64
}

// Applications keeps the applications for accounts.
type Applications interface {
	// Insert adds a with Version 1. ErrConflict when the ID is taken, or an
	// application with this NPIIndex is submitted already; the transaction
	// stays usable.
	Insert(ctx context.Context, a Application) error
	// Get returns the application, or ErrNotFound.
	Get(ctx context.Context, id string) (Application, error)
	// Decide writes State, DecidedBy, DecidedAt, Reason and PersonID where the
	// application is submitted and its version is a.Version; otherwise
	// ErrStale.
	Decide(ctx context.Context, a Application) error
	// List returns up to limit applications of a state in the order of their
	// submission, those after a given one; the zero Application is before all.
	List(ctx context.Context, state ApplicationState, after Application, limit int) ([]Application, error)
	// Waiting returns how many applications wait for a decision, and when the
	// oldest of them was handed in.
	Waiting(ctx context.Context) (n int64, oldest time.Time, err error)
	// WaitingOf returns how many of them somebody handed in.
	WaitingOf(ctx context.Context, submittedBy string) (int64, error)
	// Purge removes up to limit rejected applications that were decided before
	// the given time and returns how many.
	Purge(ctx context.Context, before time.Time, limit int) (int64, error)
}
