package sqlstore

import (
	"context"
	"fmt"

	"github.com/claviger-id/claviger/storage"
)

type subscriptions struct{ c Conn }

var _ storage.Subscriptions = subscriptions{}

const subscriptionColumns = `id, address, secrets, kinds, enabled, next_place, created_at, updated_at, version`

func scanSubscriptions(all *[]storage.Subscription) func(Row) error {
	return func(r Row) error {
		var s storage.Subscription
		var kinds string
		var enabled, created, updated int64
		err := r.Scan(&s.ID, &s.Address, &s.Secrets, &kinds, &enabled, &s.Next, &created, &updated, &s.Version)
		s.Kinds, s.Enabled, s.CreatedAt, s.UpdatedAt = list(kinds), enabled == 1, moment(created), moment(updated)
		*all = append(*all, s)
		return err
	}
}

func (s subscriptions) Insert(ctx context.Context, n storage.Subscription) error {
	kinds, err := words(n.Kinds)
	if err != nil {
		return fmt.Errorf("subscription %s: %w", n.ID, err)
	}
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO subscription (`+subscriptionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) ON CONFLICT DO NOTHING`,
		n.ID, n.Address, n.Secrets, kinds, flag(n.Enabled), n.Next, micros(n.CreatedAt), micros(n.UpdatedAt))
}

func (s subscriptions) Get(ctx context.Context, id string) (storage.Subscription, error) {
	var found []storage.Subscription
	if err := find(ctx, s.c, `SELECT `+subscriptionColumns+` FROM subscription WHERE id = $1`, []any{id}, scanSubscriptions(&found)); err != nil {
		return storage.Subscription{}, err
	}
	return found[0], nil
}

func (s subscriptions) List(ctx context.Context) ([]storage.Subscription, error) {
	var found []storage.Subscription
	_, err := s.c.Do(ctx, `SELECT `+subscriptionColumns+` FROM subscription ORDER BY id`, nil, scanSubscriptions(&found))
	return found, err
}

func (s subscriptions) Update(ctx context.Context, n storage.Subscription) error {
	kinds, err := words(n.Kinds)
	if err != nil {
		return fmt.Errorf("subscription %s: %w", n.ID, err)
	}
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE subscription SET address = $1, secrets = $2, kinds = $3, enabled = $4, updated_at = $5, version = version + 1 WHERE id = $6 AND version = $7`,
		n.Address, n.Secrets, kinds, flag(n.Enabled), micros(n.UpdatedAt), n.ID, n.Version)
}

func (s subscriptions) Advance(ctx context.Context, id string, from, to int64) error {
	return write(ctx, s.c, storage.ErrStale, `UPDATE subscription SET next_place = $1 WHERE id = $2 AND next_place = $3`, to, id, from)
}

func (s subscriptions) Remove(ctx context.Context, id string) error {
	return write(ctx, s.c, storage.ErrNotFound, `DELETE FROM subscription WHERE id = $1`, id)
}
