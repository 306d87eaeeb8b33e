package storage

import (
	"context"
	"time"
)

// ParcelState is how far the delivery of a parcel has come.
type ParcelState string

// The states of a parcel.
const (
	// ParcelPending: not delivered yet; the next try is at NextAt.
	ParcelPending ParcelState = "pending"
	// ParcelSent: whoever carries it on has taken it over.
	ParcelSent ParcelState = "sent"
	// ParcelBounced: refused for good, at once or after it was sent.
	ParcelBounced ParcelState = "bounced"
	// ParcelGaveUp: nobody took it over in time.
	ParcelGaveUp ParcelState = "gave_up"
)

// ParcelFilter is which parcels are meant: of a carrier, about one person, in one state; a
// person or a state that is empty is any.
type ParcelFilter struct {
	Carrier, PersonID string
	State             ParcelState
}

// Parcel is one thing that has to leave: a mail, a call to a webhook, or work
// that somebody asked for and that is done apart from the question.
type Parcel struct {
	ID string
	// Carrier says who delivers it: mail, webhook or recovery.
	Carrier string
	// Lane is where it waits: what is slow in one lane holds up no other.
	Lane string
	// Kind says what it is, such as the name of a template.
	Kind string
	// PersonID is whom it is about; empty when that is not known yet.
	PersonID string
	// Recipient is the blind index of the address, by which parcels to it are
	// counted; nil where nobody counts.
	Recipient []byte
	// Address is the sealed address, which stays; Content the sealed rest,
	// which goes when the parcel is settled.
	Address, Content []byte
	State            ParcelState
	Attempts         int64
	// LastStatus is the newest reply code, or 0 when there was none; LastAnswer
	// says in words what happened.
	LastStatus int64
	LastAnswer string
	CreatedAt  time.Time
	// NextAt is when the next try is due; while a try is under way, when
	// another worker may take it over.
	NextAt time.Time
	// ExpiresAt is when it is of no use any more.
	ExpiresAt time.Time
	// SettledAt is when the state stopped being pending.
	SettledAt time.Time
}

// Outbox keeps what has to leave, and what has left without its content.
type Outbox interface {
	// Insert adds p, or ErrConflict.
	Insert(ctx context.Context, p Parcel) error
	// Due returns the lanes that have pending parcels which are due at the given
	// time.
	Due(ctx context.Context, at time.Time) ([]string, error)
	// Claim returns up to limit pending parcels of a lane that are due at the given
	// time and leases them: NextAt becomes the end of the lease, so that no other
	// call gets them before.
	Claim(ctx context.Context, lane string, at, leaseUntil time.Time, limit int) ([]Parcel, error)
	// Settle writes State, Content, Attempts, LastStatus, LastAnswer, NextAt
	// and SettledAt of a pending parcel; ErrStale when it is not pending any
	// more.
	Settle(ctx context.Context, p Parcel) error
	// Get returns a parcel, or ErrNotFound.
	Get(ctx context.Context, id string) (Parcel, error)
	// Bounce makes a parcel that was sent a bounced one, with LastStatus 0 and the
	// given LastAnswer; ErrStale when there is none that is sent.
	Bounce(ctx context.Context, id, answer string) error
	// To counts the parcels to a recipient that were made at or after a time,
	// and returns when the newest of all is due.
	To(ctx context.Context, recipient []byte, since time.Time) (n int64, newest time.Time, err error)
	// List returns up to limit parcels that pass a filter, newest first, those before
	// the id when it is not empty. IDs are sorted by time.
	List(ctx context.Context, of ParcelFilter, before string, limit int) ([]Parcel, error)
	// Counts returns the number of parcels that were not sent by carrier and state,
	// and when the oldest pending one was made.
	Counts(ctx context.Context) (n map[string]map[ParcelState]int64, oldest time.Time, err error)
	// Purge removes up to limit parcels that were settled before the given time
	// and returns how many.
	Purge(ctx context.Context, before time.Time, limit int) (int64, error)
}
