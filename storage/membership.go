package storage

import (
	"context"
	"time"
)

// Membership is one role of one person in one organization, for a time.
type Membership struct {
	ID             string
	OrganizationID string
	PersonID       string
	Role           string
	// Need is the sealed reason for which it was granted; package access seals and
	// opens it.
	Need []byte
	// GrantedBy names whoever granted it.
	GrantedBy string
	Since     time.Time
	// EndsAt is when it ends by itself; zero means never.
	EndsAt time.Time
	// UsedAt is when the person last signed in with it, or an application was
	// last told of it, to within an hour; zero when never.
	UsedAt time.Time
	// EndedAt, EndedBy and EndReason are set once it is over.
	EndedAt   time.Time
	EndedBy   string
	EndReason string
	// SettledAt is when everything that rested on it was ended; zero before.
	SettledAt time.Time
}

// Memberships keeps who belongs where. What is over stays, as evidence.
type Memberships interface {
	// Insert adds m, or ErrConflict when the person has the role in the
	// organization and that is not over; the transaction stays usable.
	Insert(ctx context.Context, m Membership) error
	Get(ctx context.Context, id string) (Membership, error)
	// ByPerson returns what a person has that is not over at the given time, by
	// organization and role.
	ByPerson(ctx context.Context, personID string, at time.Time) ([]Membership, error)
	// ByOrganization returns up to limit memberships that are not over at the
	// given time, with an id greater than after, by id.
	ByOrganization(ctx context.Context, organizationID, after string, at time.Time, limit int) ([]Membership, error)
	// End ends the membership and returns it as it is then. ErrEnded, with the
	// membership as it is, when it was ended before: of many callers exactly one
	// succeeds.
	End(ctx context.Context, id, reason, by string, at time.Time) (Membership, error)
	// Due returns up to limit memberships whose EndsAt is not after the given
	// time and that nobody has ended.
	Due(ctx context.Context, at time.Time, limit int) ([]Membership, error)
	// Use moves UsedAt of what a person has to a time, where it is before another.
	Use(ctx context.Context, personID string, before, at time.Time) error
	// Unsettled returns up to limit memberships that were ended and are not
	// settled, the oldest first.
	Unsettled(ctx context.Context, limit int) ([]Membership, error)
	// UnsettledOf returns those of one person.
	UnsettledOf(ctx context.Context, personID string) ([]Membership, error)
	// Settle notes that nothing rests on the membership any more.
	Settle(ctx context.Context, id string, at time.Time) error
}
