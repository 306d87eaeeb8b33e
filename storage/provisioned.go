package storage

import (
	"context"
	"time"
)

// Provisioned is what one provisioning client knows of a person.
type Provisioned struct {
	ClientID string
	// PersonID is the account; while its application waits, the application, whose
	// ID the account will have.
	PersonID string
	// Names is the sealed names that the client has for the person; package scim
	// seals and opens it.
	Names []byte
	// NameIndex and ExternalIndex are the blind indexes of two of them, or nil. Each
	// is unique within a client.
	NameIndex, ExternalIndex []byte
	// Owned says that the account was made through this client.
	Owned bool
	// Waiting says that nobody has decided the application yet.
	Waiting bool
	// Suspended says that this client, and nobody after it, suspended the account.
	Suspended bool
	// Inactive says that the client ended what the person had in its organization.
	Inactive  bool
	UpdatedAt time.Time
	// Version counts changes, from 1.
	Version int64
}

// ProvisioningScope is what one client sees.
type ProvisioningScope struct {
	ClientID string
	// OrganizationID is the organization that it is for; empty for everybody.
	OrganizationID string
}

// Provisioning keeps what provisioning clients know.
type Provisioning interface {
	// Put writes p in the place of its Version, which is 0 for what is new, with
	// the next one. ErrStale when another version stands there; ErrConflict when
	// another person of this client has one of the indexes, after which the
	// transaction has to be given up.
	Put(ctx context.Context, p Provisioned) error
	// Get returns what a client knows of a person, or ErrNotFound.
	Get(ctx context.Context, clientID, personID string) (Provisioned, error)
	ByName(ctx context.Context, clientID string, index []byte) (Provisioned, error)
	ByExternal(ctx context.Context, clientID string, index []byte) (Provisioned, error)
	// Remove forgets what a client knows of a person who is Inactive, not Owned and has no
	// name, if it is still that version. Anything else stays, which is no error.
	Remove(ctx context.Context, clientID, personID string, version int64) error
	// Forget forgets everybody whom a client knows.
	Forget(ctx context.Context, clientID string) error
	// Decided notes that an application was decided: with an approval it does not
	// wait any more, otherwise it is forgotten.
	Decided(ctx context.Context, id string, approved bool) error
	// Release notes that somebody else decided over a person's account: no client
	// has suspended it any more.
	Release(ctx context.Context, personID string) error
	// After returns up to limit IDs, greater than after and sorted, of the people and
	// waiting applications that a client sees at a time. Closed accounts that it knows
	// may be among them, which the caller leaves out: so it costs the same anywhere.
	After(ctx context.Context, scope ProvisioningScope, at time.Time, after string, limit int) ([]string, error)
	// Page returns up to limit of those IDs without the closed, after the first offset
	// of them and always in the same order, and how many there are in all.
	Page(ctx context.Context, scope ProvisioningScope, at time.Time, offset, limit int) ([]string, int64, error)
}
