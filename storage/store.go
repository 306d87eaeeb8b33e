package storage

import (
	"context"
	"time"
)

// Store is the durable store.
type Store interface {
	// Tx runs fn in one read-write transaction and commits when fn returns
	// nil. An error from fn rolls everything back and is returned unchanged.
	// fn is called once; it must not call Tx and must not keep tx.
	// A serialization failure or lost connection is ErrUnavailable.
	Tx(ctx context.Context, fn func(tx Tx) error) error
	// View runs fn against one consistent snapshot; writes in fn fail.
	View(ctx context.Context, fn func(tx Tx) error) error
	// Ping reports whether the store answers, within ctx.
	Ping(ctx context.Context) error
	// Close releases the store. Transactions under way finish first; those
	// that wait or come later fail with ErrUnavailable.
	Close() error
}

// Tx is one transaction: one moment, one set of changes.
type Tx interface {
	// Now is the moment of the transaction, fixed when it began.
	Now() time.Time

	People() People
	Passwords() Passwords
	FormerPasswords() FormerPasswords
	Guesses() Guesses
	KnownDevices() KnownDevices
	Authenticators() Authenticators
	Clients() Clients
	InitialTokens() InitialTokens
	Registrations() Registrations
	Grants() Grants
	SigningKeys() SigningKeys
	Audit() AuditLog
	AuditFiling() AuditFiling
	Imports() Imports
	Applications() Applications
	Consents() Consents
	Agreements() Agreements
	Logouts() Logouts
	Outbox() Outbox
	AccessLinks() AccessLinks
	Organizations() Organizations
	Memberships() Memberships
	Delegations() Delegations
	Operators() Operators
	Provisioning() Provisioning
	Subscriptions() Subscriptions
	Jobs() Jobs
	Lookups() Lookups
	Replays() Replays
	Approvals() Approvals
	Settings() Settings
}

// Settings are the few facts that the installation has exactly once, such as
// its audit origin and the check value of its root key.
type Settings interface {
	// Get returns the value of name, or ErrNotFound.
	Get(ctx context.Context, name string) ([]byte, error)
	// PutOnce stores value unless name has one, and returns the value that
	// stands afterwards.
	PutOnce(ctx context.Context, name string, value []byte) ([]byte, error)
	// Swap puts value in the place of old, or fails with ErrStale where something
	// else stands, or nothing.
	Swap(ctx context.Context, name string, old, value []byte) error
}
