package storage

import (
	"context"
	"time"
)

// Delegation lets one person act for another in some applications, for a time.
type Delegation struct {
	ID string
	// PrincipalID is who is acted for, DelegateID who acts.
	PrincipalID string
	DelegateID  string
	// Clients are the applications in which that may be, by id.
	Clients []string
	// Purpose is a word for what it is for.
	Purpose string
	// GrantedBy names whoever granted it.
	GrantedBy string
	Since     time.Time
	// EndsAt is when it ends by itself; never zero.
	EndsAt time.Time
	// UsedAt is when it was last acted by it; zero when never.
	UsedAt time.Time
	// EndedAt, EndedBy and EndReason are set once it is over.
	EndedAt   time.Time
	EndedBy   string
	EndReason string
	// SettledAt is when everything that rested on it was ended; zero before.
	SettledAt time.Time
}

// Lives says that a delegation is neither ended nor past its end.
func (d Delegation) Lives(at time.Time) bool { return d.EndedAt.IsZero() && d.EndsAt.After(at) }

// Delegations keeps who may act for whom. What is over stays, as evidence.
type Delegations interface {
	// Insert adds d, or ErrConflict when there is one of the same two people for the
	// same purpose that nobody has ended; the transaction stays usable.
	Insert(ctx context.Context, d Delegation) error
	Get(ctx context.Context, id string) (Delegation, error)
	// ByPrincipal and ByDelegate return up to limit of a person's that are not over
	// at the given time, by id.
	ByPrincipal(ctx context.Context, personID string, at time.Time, limit int) ([]Delegation, error)
	ByDelegate(ctx context.Context, personID string, at time.Time, limit int) ([]Delegation, error)
	// Use moves UsedAt to the given time and returns the delegation. Whoever ends it
	// meanwhile waits for the end of this transaction. ErrEnded, with the delegation
	// as it is, when it is over at that time; ErrNotFound.
	Use(ctx context.Context, id string, at time.Time) (Delegation, error)
	// End ends the delegation and returns it as it is then. ErrEnded, with the
	// delegation as it is, when it was ended before: of many callers exactly one
	// succeeds.
	End(ctx context.Context, id, reason, by string, at time.Time) (Delegation, error)
	// Due returns up to limit delegations whose EndsAt is not after the given time and
	// that nobody has ended.
	Due(ctx context.Context, at time.Time, limit int) ([]Delegation, error)
	// Unsettled returns up to limit delegations that were ended and are not settled,
	// the oldest first.
	Unsettled(ctx context.Context, limit int) ([]Delegation, error)
	// Settle notes that nothing rests on the delegation any more.
	Settle(ctx context.Context, id string, at time.Time) error
}
