package access

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// MaxStaff is the most memberships of an organization that are looked at at once.
const MaxStaff = 10_000

// Staffing is a change of who has one role in an organization.
type Staffing struct {
	OrganizationID, Role string
	// Need is why those who are added need it.
	Need string
	// Decide is called in the transaction with who has the role, and returns the
	// accounts that are to have it from then on.
	Decide func(ctx context.Context, tx storage.Tx, has []storage.Membership) ([]string, error)
}

// Staff gives a role in an organization to some and takes it from others, all in one
// transaction, and ends what rested on it. Who has it already keeps it as it is.
// Problems: as of Grant and Remove.
func (s *Service) Staff(ctx context.Context, n Staffing, by audit.Actor) error {
	var ended []string
	err := s.do(ctx, by, func(tx storage.Tx) error {
		ended = nil
		// Nobody changes the ceiling or gives a role from here on: what Decide sees holds
		// to the end.
		if _, err := tx.Organizations().Hold(ctx, n.OrganizationID); err != nil && !errors.Is(err, storage.ErrEnded) && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		has, err := Having(ctx, tx, n.OrganizationID, n.Role)
		if err != nil {
			return err
		}
		want, err := n.Decide(ctx, tx, has)
		if err != nil {
			return err
		}
		wanted := map[string]bool{}
		for _, id := range want {
			wanted[id] = true
		}
		for _, m := range has {
			if wanted[m.PersonID] {
				delete(wanted, m.PersonID)
				continue
			}
			if _, err := s.decide(ctx, tx, by, n.OrganizationID, false, Case{Act: Remove, PersonID: m.PersonID, Role: m.Role}); err != nil {
				return err
			}
			if err := End(ctx, tx, m.ID, by); err != nil {
				return err
			}
			ended = append(ended, m.ID)
		}
		for _, id := range slices.Sorted(maps.Keys(wanted)) {
			if _, err := s.grantIn(ctx, tx, NewMembership{OrganizationID: n.OrganizationID, PersonID: id, Role: n.Role, Need: n.Need}, by); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.Settle(ctx, ended...)
}

// Having returns who has a role in an organization. Conflict when more people work
// there than are looked at at once.
func Having(ctx context.Context, tx storage.Tx, organizationID, role string) ([]storage.Membership, error) {
	all, err := Members(ctx, tx, organizationID)
	return slices.DeleteFunc(all, func(m storage.Membership) bool { return m.Role != role }), err
}

// Members returns who has which roles in an organization. Conflict when more people work
// there than are looked at at once.
func Members(ctx context.Context, tx storage.Tx, organizationID string) ([]storage.Membership, error) {
	var all []storage.Membership
	for after := ""; ; {
		some, err := tx.Memberships().ByOrganization(ctx, organizationID, after, tx.Now(), page)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if len(some) < page {
			return all, nil
		}
		if len(all) >= MaxStaff {
			return nil, problem.New(problem.Conflict, "More people work there than can be looked at at once.")
		}
		after = some[len(some)-1].ID
	}
}

// End ends a membership in the caller's transaction. What rests on it, Settle ends
// after that, or the worker within seconds.
func End(ctx context.Context, tx storage.Tx, id string, by audit.Actor) error {
	return end(ctx, tx, id, EndedRemoved, by)
}

// SettleOf ends what rested on the memberships of a person that have ended, also on those
// of which somebody could not end it before.
func (s *Service) SettleOf(ctx context.Context, personID string) error {
	var ids []string
	if err := s.Store.View(ctx, func(tx storage.Tx) error {
		all, err := tx.Memberships().UnsettledOf(ctx, personID)
		for _, m := range all {
			ids = append(ids, m.ID)
		}
		return err
	}); err != nil {
		return fmt.Errorf("access: %w", err)
	}
	return s.Settle(ctx, ids...)
}

// Settle ends what rested on memberships that have ended.
func (s *Service) Settle(ctx context.Context, ids ...string) error {
	var errs []error
	for _, id := range ids {
		if err := s.settleOne(ctx, id); err != nil {
			errs = append(errs, fmt.Errorf("access: %w", err))
		}
	}
	return errors.Join(errs...)
}
