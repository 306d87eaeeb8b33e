package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type delegations struct{ c Conn }

var _ storage.Delegations = delegations{}

const delegationColumns = `id, principal_id, delegate_id, clients, purpose, granted_by, since, ends_at, used_at, ended_at, ended_by, end_reason, settled_at`

func scanDelegations(all *[]storage.Delegation) func(Row) error {
	return func(r Row) error {
		var d storage.Delegation
		var clients string
		var since, ends, used, ended, settled int64
		err := r.Scan(&d.ID, &d.PrincipalID, &d.DelegateID, &clients, &d.Purpose, &d.GrantedBy, &since, &ends, &used, &ended, &d.EndedBy, &d.EndReason, &settled)
		d.Clients = list(clients)
		d.Since, d.EndsAt, d.UsedAt, d.EndedAt, d.SettledAt = moment(since), moment(ends), moment(used), moment(ended), moment(settled)
		*all = append(*all, d)
		return err
	}
}

func (s delegations) Insert(ctx context.Context, d storage.Delegation) error {
	clients, err := words(d.Clients)
	if err != nil {
		return fmt.Errorf("delegation %s: %w", d.ID, err)
	}
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO delegation (`+delegationColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`,
		d.ID, d.PrincipalID, d.DelegateID, clients, d.Purpose, d.GrantedBy, micros(d.Since), micros(d.EndsAt), micros(d.UsedAt),
		micros(d.EndedAt), d.EndedBy, d.EndReason, micros(d.SettledAt))
}

func (s delegations) Get(ctx context.Context, id string) (storage.Delegation, error) {
	return s.one(ctx, `SELECT `+delegationColumns+` FROM delegation WHERE id = $1`, id)
}

func (s delegations) one(ctx context.Context, sql string, args ...any) (storage.Delegation, error) {
	var found []storage.Delegation
	if err := find(ctx, s.c, sql, args, scanDelegations(&found)); err != nil {
		return storage.Delegation{}, err
	}
	return found[0], nil
}

func (s delegations) all(ctx context.Context, sql string, args ...any) ([]storage.Delegation, error) {
	var found []storage.Delegation
	_, err := s.c.Do(ctx, sql, args, scanDelegations(&found))
	return found, err
}

func (s delegations) ByPrincipal(ctx context.Context, personID string, at time.Time, limit int) ([]storage.Delegation, error) {
	return s.all(ctx,
		`SELECT `+delegationColumns+` FROM delegation WHERE principal_id = $1 AND ended_at = 0 AND ends_at > $2 ORDER BY id LIMIT $3`,
		personID, micros(at), int64(limit))
}

func (s delegations) ByDelegate(ctx context.Context, personID string, at time.Time, limit int) ([]storage.Delegation, error) {
	return s.all(ctx,
		`SELECT `+delegationColumns+` FROM delegation WHERE delegate_id = $1 AND ended_at = 0 AND ends_at > $2 ORDER BY id LIMIT $3`,
		personID, micros(at), int64(limit))
}

func (s delegations) Use(ctx context.Context, id string, at time.Time) (storage.Delegation, error) {
	return s.orEnded(ctx, id,
		`UPDATE delegation SET used_at = $1 WHERE id = $2 AND ended_at = 0 AND ends_at > $1 RETURNING `+delegationColumns, micros(at), id)
}

func (s delegations) End(ctx context.Context, id, reason, by string, at time.Time) (storage.Delegation, error) {
	return s.orEnded(ctx, id,
		`UPDATE delegation SET ended_at = $1, end_reason = $2, ended_by = $3 WHERE id = $4 AND ended_at = 0 RETURNING `+delegationColumns,
		micros(at), reason, by, id)
}

// orEnded changes a row that lives, and says ErrEnded of one that does not.
func (s delegations) orEnded(ctx context.Context, id, sql string, args ...any) (storage.Delegation, error) {
	d, err := s.one(ctx, sql, args...)
	if !errors.Is(err, storage.ErrNotFound) {
		return d, err
	}
	if d, err = s.Get(ctx, id); err != nil {
		return d, err
	}
	return d, storage.ErrEnded
}

func (s delegations) Due(ctx context.Context, at time.Time, limit int) ([]storage.Delegation, error) {
	return s.all(ctx,
		`SELECT `+delegationColumns+` FROM delegation WHERE ended_at = 0 AND ends_at <= $1 ORDER BY ends_at LIMIT $2`, micros(at), int64(limit))
}

func (s delegations) Unsettled(ctx context.Context, limit int) ([]storage.Delegation, error) {
	return s.all(ctx,
		`SELECT `+delegationColumns+` FROM delegation WHERE ended_at > 0 AND settled_at = 0 ORDER BY ended_at LIMIT $1`, int64(limit))
}

func (s delegations) Settle(ctx context.Context, id string, at time.Time) error {
	_, err := s.c.Do(ctx, `UPDATE delegation SET settled_at = $1 WHERE id = $2 AND settled_at = 0`, []any{micros(at), id}, nil)
	return err
}
