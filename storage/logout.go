package storage

import (
	"context"
	"time"
)

// LogoutState is how far telling an application of the end of a session has
// come.
type LogoutState string

// The states of a logout.
const (
	// LogoutPending: not told yet; the next try is at NextAt.
	LogoutPending LogoutState = "pending"
	// LogoutDelivered: the application confirmed.
	LogoutDelivered LogoutState = "delivered"
	// LogoutRefused: the application answered that the token is not one for it.
	LogoutRefused LogoutState = "refused"
	// LogoutGaveUp: the application did not answer for too long.
	LogoutGaveUp LogoutState = "gave_up"
)

// Logout is one line of the logout ledger: one application that has to be told
// of the end of one session.
type Logout struct {
	ID        string
	SessionID string
	ClientID  string
	PersonID  string
	// Subject is the person's public subject; what the application knows the
	// person by is derived from it at delivery.
	Subject string
	// Reason is why the session ended.
	Reason   string
	State    LogoutState
	Attempts int64
	// LastStatus is the HTTP status of the newest answer, or 0 when there was
	// none; LastAnswer says in words what happened.
	LastStatus int64
	LastAnswer string
	CreatedAt  time.Time
	// AskedAt is when somebody asked to tell the application again.
	AskedAt time.Time
	// NextAt is when the next try is due; while a try is under way, when
	// another worker may take it over.
	NextAt time.Time
	// SettledAt is when the state stopped being pending.
	SettledAt time.Time
}

// LogoutPlace is a place in a list of lines, newest first: that of the last line
// which was seen. The zero value is the beginning.
type LogoutPlace struct {
	At time.Time
	ID string
}

// Logouts keeps the ledger: whom to tell, and what became of it.
type Logouts interface {
	LogoutQueue
	LogoutRecords
}

// LogoutQueue is the side of the ledger that workers see.
type LogoutQueue interface {
	// Enter adds lines. One whose ID is pending already stays as it is; one that is
	// settled is pending anew: the ephemeral store lost the end of a session, and it
	// ended once more. It needs no round trip of its own.
	Enter(ctx context.Context, lines ...Logout) error
	// Due returns the applications that have pending lines which are due at the
	// given time.
	Due(ctx context.Context, at time.Time) ([]string, error)
	// Claim returns up to limit pending lines of an application that are due at the
	// given time, the longest due first, and leases them: NextAt becomes the end
	// of the lease, so that no other call gets them before. It does not wait for
	// lines that another call is about to lease.
	Claim(ctx context.Context, clientID string, at, leaseUntil time.Time, limit int) ([]Logout, error)
	// ClaimSession does the same with the lines of a session.
	ClaimSession(ctx context.Context, sessionID string, at, leaseUntil time.Time) ([]Logout, error)
	// Settle writes State, Attempts, LastStatus, LastAnswer, NextAt and SettledAt of
	// those lines that are still pending, and returns the IDs of these. One round
	// trip for so many as are told at a time.
	Settle(ctx context.Context, lines ...Logout) ([]string, error)
	// Hasten makes the pending lines of an application that were tried and are due
	// later than the given time due at another.
	Hasten(ctx context.Context, clientID string, later, at time.Time) error
	// GiveUp settles up to limit pending lines that are due at the given time, and
	// were neither made nor asked for since another, and returns them.
	GiveUp(ctx context.Context, since, at time.Time, limit int) ([]Logout, error)
}

// LogoutFilter is which lines are meant: of one person, of one application, in one state;
// what is empty is any.
type LogoutFilter struct {
	PersonID, ClientID string
	State              LogoutState
}

// LogoutRecords is the side of the ledger that is read.
type LogoutRecords interface {
	// Redeliver makes a line, whatever its state, pending and due at the given
	// time, and returns it; ErrNotFound when there is none.
	Redeliver(ctx context.Context, id string, at time.Time) (Logout, error)
	// Get returns a line, or ErrNotFound.
	Get(ctx context.Context, id string) (Logout, error)
	// List returns up to limit lines after a place that pass a filter, newest first.
	List(ctx context.Context, of LogoutFilter, after LogoutPlace, limit int) ([]Logout, error)
	// BySession returns the lines of a session.
	BySession(ctx context.Context, sessionID string) ([]Logout, error)
	// Waiting returns how many lines are pending, and when the oldest of them
	// was made.
	Waiting(ctx context.Context) (n int64, oldest time.Time, err error)
	// Purge removes up to limit lines that were settled before the given time
	// and returns how many.
	Purge(ctx context.Context, before time.Time, limit int) (int64, error)
}
