package storage

import (
	"context"
	"time"
)

// ApprovalState is how far a request for a second person has come.
type ApprovalState string

// The states of a request.
const (
	// ApprovalPending: nobody else has decided.
	ApprovalPending ApprovalState = "pending"
	// ApprovalApproved: somebody else has approved, and it was not done yet.
	ApprovalApproved ApprovalState = "approved"
	// ApprovalRejected, ApprovalDone and ApprovalExpired: it is over.
	ApprovalRejected ApprovalState = "rejected"
	ApprovalDone     ApprovalState = "done"
	ApprovalExpired  ApprovalState = "expired"
)

// Approval is a request for a second person: what somebody wants to do that is not for
// one person alone.
type Approval struct {
	ID string
	// Act is what package approval calls it.
	Act string
	// Digest is the hash of who asked and of exactly what: of those that are not over, at
	// most one has it.
	Digest []byte
	// Shown is what was asked for, sealed, for whoever decides.
	Shown []byte
	State ApprovalState
	// Asker and Decider are JSON, which package approval knows; AskerID and PersonID are
	// who asked, and whom it is about, where that is a person.
	Asker, Decider    string
	AskerID, PersonID string
	// Reason is the asker's, DecidedReason the decider's; both are codes.
	Reason, DecidedReason string
	AskedAt, DecidedAt    time.Time
	// ExpiresAt is when it is over, whatever became of it.
	ExpiresAt time.Time
	// EndedAt is zero while it is not over.
	EndedAt time.Time
	// Version counts changes, from 1.
	Version int64
}

// Approvals keeps the requests for a second person.
type Approvals interface {
	// Insert adds a, pending, with Version 1, or ErrConflict when one with its digest is
	// not over; the transaction stays usable.
	Insert(ctx context.Context, a Approval) error
	// Get returns one, or ErrNotFound.
	Get(ctx context.Context, id string) (Approval, error)
	// Open returns the one with a digest that is not over, or ErrNotFound. It may have
	// expired.
	Open(ctx context.Context, digest []byte) (Approval, error)
	// Count says how many of an asker are not over.
	Count(ctx context.Context, askerID string) (int64, error)
	// Move writes State, Decider, DecidedReason, DecidedAt and EndedAt where the state is
	// from and the version is a.Version, and nobody has ended it; otherwise ErrStale: of
	// many callers exactly one succeeds.
	Move(ctx context.Context, a Approval, from ApprovalState) error
	// List returns up to limit with an id greater than after, by id: in one state, or in
	// any when that is empty.
	List(ctx context.Context, state ApprovalState, after string, limit int) ([]Approval, error)
	// Overdue returns up to limit that are not over and whose ExpiresAt is not after the
	// given time, the oldest first.
	Overdue(ctx context.Context, at time.Time, limit int) ([]Approval, error)
	// Purge removes up to limit that were over before a time, and returns how many.
	Purge(ctx context.Context, before time.Time, limit int) (int64, error)
}
