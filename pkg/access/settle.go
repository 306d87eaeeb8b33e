package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

// sweepInterval is how often end dates are looked at: what rests on a membership
// ends this much after it at the latest.
const sweepInterval = 10 * time.Second

// Run ends memberships and delegations whose end date has come, and what rests on
// those that ended, until ctx ends. Any number of replicas may run it on one store.
func (s *Service) Run(ctx context.Context) error {
	return worker.Every(ctx, sweepInterval, s.Log, "end of memberships and delegations", s.Sweep)
}

// Sweep does so once.
func (s *Service) Sweep(ctx context.Context) error {
	return errors.Join(s.sweepMemberships(ctx), s.sweepDelegations(ctx))
}

func (s *Service) sweepMemberships(ctx context.Context) error {
	system := audit.Actor{Type: "system"}
	for {
		n := 0
		err := s.Store.Tx(ctx, func(tx storage.Tx) error {
			due, err := tx.Memberships().Due(ctx, tx.Now(), page)
			if err != nil {
				return err
			}
			n = len(due)
			for _, m := range due {
				if err := end(ctx, tx, m.ID, EndedExpired, system); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("access: %w", err)
		}
		if n < page {
			return s.settle(ctx)
		}
	}
}

// settle ends what rests on every membership that has ended. One that cannot be
// settled does not keep the others.
func (s *Service) settle(ctx context.Context) error {
	for {
		var open []storage.Membership
		if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
			open, err = tx.Memberships().Unsettled(ctx, page)
			return err
		}); err != nil {
			return fmt.Errorf("access: %w", err)
		}
		var errs []error
		for _, m := range open {
			errs = append(errs, s.settleThis(ctx, m))
		}
		if err := errors.Join(errs...); err != nil || len(open) < page {
			return err
		}
	}
}

func (s *Service) settleOne(ctx context.Context, id string) error {
	var m storage.Membership
	if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		m, err = tx.Memberships().Get(ctx, id)
		return err
	}); err != nil {
		return fmt.Errorf("access: %w", err)
	}
	return s.settleThis(ctx, m)
}

// settleThis ends what rests on a membership. Who has no other one has no access
// left at all; of others, what ends is what applications that were told of it, or
// that are for its role, hold.
func (s *Service) settleThis(ctx context.Context, m storage.Membership) error {
	var left []storage.Membership
	if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		left, err = tx.Memberships().ByPerson(ctx, m.PersonID, tx.Now())
		return err
	}); err != nil {
		return fmt.Errorf("access: %w", err)
	}
	var err error
	switch {
	case len(left) == 0:
		err = s.EndAccess(ctx, m.PersonID)
	case m.Role != Administrator: // which no application is told of
		err = s.EndFor(ctx, m.PersonID, func(c storage.Client) bool { return concerns(c, m.Role) })
	}
	if err != nil {
		return fmt.Errorf("access: what rested on membership %s could not be ended: %w", m.ID, err)
	}
	if err := s.Store.Tx(ctx, func(tx storage.Tx) error { return tx.Memberships().Settle(ctx, m.ID, tx.Now()) }); err != nil {
		return fmt.Errorf("access: %w", err)
	}
	return nil
}

// concerns says that an application may know of a role, or be open to it alone.
func concerns(c storage.Client, role string) bool {
	return slices.Contains(c.Scopes, "org") || slices.Contains(c.Scopes, "roles") || slices.Contains(c.Roles, role)
}
