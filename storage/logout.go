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
	// NextAt is when the next try is due; while a try is under way, when
	// another worker may take it over.
	NextAt time.Time
	// SettledAt is when the state stopped being pending.
	SettledAt time.Time
}

// Logouts keeps the ledger.
type Logouts interface {
	// Insert adds l, or ErrConflict.
	Insert(ctx context.Context, l Logout) error
	// Claim returns up to limit pending lines that are due at the given time
	// and leases them: NextAt becomes the end of the lease, so that no other
	// call gets them before. When sessionID is not empty, those of that
	// session alone.
	Claim(ctx context.Context, at, leaseUntil time.Time, sessionID string, limit int) ([]Logout, error)
	// Settle writes State, Attempts, LastStatus, LastAnswer, NextAt and
	// SettledAt of a pending line; ErrStale when it is not pending any more.
	Settle(ctx context.Context, l Logout) error
	// BySession returns the lines of a session.
	BySession(ctx context.Context, sessionID string) ([]Logout, error)
	// Waiting returns how many lines are pending, and when the oldest of them
	// was made.
	Waiting(ctx context.Context) (n int64, oldest time.Time, err error)
	// Purge removes up to limit lines that were settled before the given time
	// and returns how many.
	Purge(ctx context.Context, before time.Time, limit int) (int64, error)
}
