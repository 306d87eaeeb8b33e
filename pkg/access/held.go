package access

import (
	"context"
	"slices"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// useStep is how exactly the last use of a membership is known.
const useStep = time.Hour

// Holding is what a person has in one organization.
type Holding struct {
	Organization storage.Organization
	// Roles are without Administrator, which means something here only.
	Roles []string
}

// Held returns what a person has at the moment of the transaction, by
// organization.
func Held(ctx context.Context, tx storage.Tx, personID string) ([]Holding, error) {
	all, err := tx.Memberships().ByPerson(ctx, personID, tx.Now())
	if err != nil {
		return nil, err
	}
	var held []Holding
	for _, m := range all {
		if n := len(held); n == 0 || held[n-1].Organization.ID != m.OrganizationID {
			o, err := tx.Organizations().Get(ctx, m.OrganizationID)
			if err != nil {
				return nil, err
			}
			held = append(held, Holding{Organization: o})
		}
		if last := &held[len(held)-1]; m.Role != Administrator {
			last.Roles = append(last.Roles, m.Role)
		}
	}
	return held, nil
}

// Roles returns every role that a person has somewhere, each once: what policies
// look at.
func Roles(ctx context.Context, tx storage.Tx, personID string) ([]string, error) {
	all, err := tx.Memberships().ByPerson(ctx, personID, tx.Now())
	var roles []string
	for _, m := range all {
		roles = append(roles, m.Role)
	}
	slices.Sort(roles)
	return slices.Compact(roles), err
}

// Used notes that a person signed in, or that an application was told what the
// person has.
func Used(ctx context.Context, tx storage.Tx, personID string) error {
	return tx.Memberships().Use(ctx, personID, tx.Now().Add(-useStep), tx.Now())
}
