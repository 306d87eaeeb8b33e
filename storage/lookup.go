package storage

import (
	"context"
	"time"
)

// Lookups reads what a page of a list needs, each in a few statements, however many are
// asked for. What there is not is left out.
type Lookups interface {
	// People returns accounts by their IDs.
	People(ctx context.Context, ids ...string) (map[string]Person, error)
	// ByNPI returns accounts by their blind indexes, as text.
	ByNPI(ctx context.Context, indexes ...[]byte) (map[string]Person, error)
	// Applications returns applications for accounts by their IDs.
	Applications(ctx context.Context, ids ...string) (map[string]Application, error)
	// Factors returns the kinds of what people have besides the password, by person.
	Factors(ctx context.Context, personIDs ...string) (map[string][]AuthenticatorKind, error)
	// Memberships returns what people have that is not over at the given time, by person,
	// each in the order of Memberships.ByPerson.
	Memberships(ctx context.Context, at time.Time, personIDs ...string) (map[string][]Membership, error)
	// Organizations returns organizations by their IDs.
	Organizations(ctx context.Context, ids ...string) (map[string]Organization, error)
	// Provisioned returns what a client knows of people, by person.
	Provisioned(ctx context.Context, clientID string, personIDs ...string) (map[string]Provisioned, error)
}
