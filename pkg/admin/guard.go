package admin

import (
	"context"
	"errors"
	"slices"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// Guard is the store that the services of this API work on. The first
// transaction of a request begins with the question whether who asks still may: a
// role that was taken away between the look at the token and the change is no
// role. That something was denied is recorded apart: it spends no approval and no key.
type Guard struct {
	storage.Store
}

var (
	_ storage.Store = (*Guard)(nil)
	_ audit.Denier  = (*Guard)(nil)
)

// Deny implements [audit.Denier].
func (g *Guard) Deny(ctx context.Context, e audit.Event) error { return audit.Deny(ctx, g.Store, e) }

// Tx implements [storage.Store].
func (g *Guard) Tx(ctx context.Context, fn func(tx storage.Tx) error) error {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok {
		return errors.New("admin: a change outside of a request that was admitted")
	}
	if x.confirmed.Load() { // what was begun is brought to its end
		return g.Store.Tx(ctx, fn)
	}
	may := func(ctx context.Context, tx storage.Tx) error { return still(ctx, tx, x.by) }
	do := func(tx storage.Tx) error {
		if x.key != nil {
			if err := x.key.enter(ctx, tx); err != nil {
				return err
			}
		}
		return fn(tx)
	}
	first := x.first
	if first == nil {
		first = g.alone
	}
	err := first(ctx, may, do)
	if err == nil {
		x.confirmed.Store(true)
		if x.key != nil {
			x.key.entered = true
		}
	}
	return err
}

// alone does what no second person is asked for.
func (g *Guard) alone(ctx context.Context, may func(ctx context.Context, tx storage.Tx) error, do func(tx storage.Tx) error) error {
	return g.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := may(ctx, tx); err != nil {
			return err
		}
		return do(tx)
	})
}

// still says whether who was admitted still may.
func still(ctx context.Context, tx storage.Tx, by Caller) error {
	has, err := roles(ctx, tx, by.kind, by.id)
	if err != nil {
		return err
	}
	if by.kind == storage.OperatorPerson {
		who, err := tx.People().Get(ctx, by.id)
		if err != nil {
			return err
		}
		if who.State != storage.PersonActive {
			has = nil
		}
	}
	if by.Role == RoleProvisioner {
		o, err := tx.Operators().Get(ctx, by.kind, by.id, string(by.Role))
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		if o.OrganizationID != by.Organization {
			has = nil // it is for another organization meanwhile
		}
		over, err := ended(ctx, tx, o.OrganizationID)
		if err != nil {
			return err
		}
		if over {
			has = nil
		}
	}
	if !slices.Contains(has, string(by.Role)) {
		return &refusal{code: "role", actor: by.Actor, tell: denied("This is not for the roles that you have.")}
	}
	return nil
}

// roles are those that somebody has: given by an operator, or as an administrator
// of an organization.
func roles(ctx context.Context, tx storage.Tx, kind storage.OperatorKind, id string) ([]string, error) {
	has, err := tx.Operators().Roles(ctx, kind, id)
	if err != nil || kind != storage.OperatorPerson {
		return has, err
	}
	all, err := tx.Memberships().ByPerson(ctx, id, tx.Now())
	for _, m := range all {
		if m.Role == string(RoleDelegateAdministrator) {
			return append(has, m.Role), err
		}
	}
	return has, err
}
