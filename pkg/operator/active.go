package operator

import (
	"context"
	"errors"

	"github.com/claviger-id/claviger/storage"
)

// Active returns who has a role and can use it: applications, and people whose accounts
// are active.
func Active(ctx context.Context, tx storage.Tx, role string) ([]Holder, error) {
	all, err := tx.Operators().List(ctx)
	if err != nil {
		return nil, err
	}
	var active []Holder
	for _, o := range all {
		if o.Role != role {
			continue
		}
		if o.Kind == storage.OperatorPerson {
			who, err := tx.People().Get(ctx, o.ID)
			if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return nil, err
			}
			if err != nil || who.State != storage.PersonActive {
				continue
			}
		}
		active = append(active, Holder{Kind: o.Kind, ID: o.ID, Organization: o.OrganizationID})
	}
	return active, nil
}
