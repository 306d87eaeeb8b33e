package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type memberships struct{ c Conn }

var _ storage.Memberships = memberships{}

const membershipColumns = `id, organization_id, person_id, role, need, granted_by, since, ends_at, used_at, ended_at, ended_by, end_reason, settled_at`

func scanMemberships(all *[]storage.Membership) func(Row) error {
	return func(r Row) error {
		var m storage.Membership
		var since, ends, used, ended, settled int64
		err := r.Scan(&m.ID, &m.OrganizationID, &m.PersonID, &m.Role, &m.Need, &m.GrantedBy, &since, &ends, &used, &ended, &m.EndedBy, &m.EndReason, &settled)
		m.Since, m.EndsAt, m.UsedAt, m.EndedAt, m.SettledAt = moment(since), moment(ends), moment(used), moment(ended), moment(settled)
		*all = append(*all, m)
		return err
	}
}

func (s memberships) Insert(ctx context.Context, m storage.Membership) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO membership (`+membershipColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`,
		m.ID, m.OrganizationID, m.PersonID, m.Role, m.Need, m.GrantedBy, micros(m.Since), micros(m.EndsAt), micros(m.UsedAt),
		micros(m.EndedAt), m.EndedBy, m.EndReason, micros(m.SettledAt))
}

func (s memberships) Get(ctx context.Context, id string) (storage.Membership, error) {
	return s.one(ctx, `SELECT `+membershipColumns+` FROM membership WHERE id = $1`, id)
}

func (s memberships) one(ctx context.Context, sql string, args ...any) (storage.Membership, error) {
	var found []storage.Membership
	if err := find(ctx, s.c, sql, args, scanMemberships(&found)); err != nil {
		return storage.Membership{}, err
	}
	return found[0], nil
}

func (s memberships) all(ctx context.Context, sql string, args ...any) ([]storage.Membership, error) {
	var found []storage.Membership
	_, err := s.c.Do(ctx, sql, args, scanMemberships(&found))
	return found, err
}

func (s memberships) ByPerson(ctx context.Context, personID string, at time.Time) ([]storage.Membership, error) {
	return s.all(ctx,
		`SELECT `+membershipColumns+` FROM membership WHERE person_id = $1 AND ended_at = 0 AND (ends_at = 0 OR ends_at > $2) ORDER BY organization_id, role`,
		personID, micros(at))
}

func (s memberships) ByOrganization(ctx context.Context, organizationID, after string, at time.Time, limit int) ([]storage.Membership, error) {
	return s.all(ctx,
		`SELECT `+membershipColumns+` FROM membership WHERE organization_id = $1 AND id > $2 AND ended_at = 0 AND (ends_at = 0 OR ends_at > $3) ORDER BY id LIMIT $4`,
		organizationID, after, micros(at), int64(limit))
}

func (s memberships) End(ctx context.Context, id, reason, by string, at time.Time) (storage.Membership, error) {
	m, err := s.one(ctx,
		`UPDATE membership SET ended_at = $1, end_reason = $2, ended_by = $3 WHERE id = $4 AND ended_at = 0 RETURNING `+membershipColumns,
		micros(at), reason, by, id)
	if !errors.Is(err, storage.ErrNotFound) {
		return m, err
	}
	if m, err = s.Get(ctx, id); err != nil {
		return m, err
	}
	return m, storage.ErrEnded
}

func (s memberships) Due(ctx context.Context, at time.Time, limit int) ([]storage.Membership, error) {
	return s.all(ctx,
		`SELECT `+membershipColumns+` FROM membership WHERE ended_at = 0 AND ends_at > 0 AND ends_at <= $1 ORDER BY ends_at LIMIT $2`,
		micros(at), int64(limit))
}

func (s memberships) Use(ctx context.Context, personID string, before, at time.Time) error {
	return s.c.Later(ctx, `UPDATE membership SET used_at = $1 WHERE person_id = $2 AND ended_at = 0 AND used_at < $3`, micros(at), personID, micros(before))
}

func (s memberships) Unsettled(ctx context.Context, limit int) ([]storage.Membership, error) {
	return s.all(ctx,
		`SELECT `+membershipColumns+` FROM membership WHERE ended_at > 0 AND settled_at = 0 ORDER BY ended_at LIMIT $1`, int64(limit))
}

func (s memberships) UnsettledOf(ctx context.Context, personID string) ([]storage.Membership, error) {
	return s.all(ctx,
		`SELECT `+membershipColumns+` FROM membership WHERE ended_at > 0 AND settled_at = 0 AND person_id = $1 ORDER BY ended_at`, personID)
}

func (s memberships) Settle(ctx context.Context, id string, at time.Time) error {
	_, err := s.c.Do(ctx, `UPDATE membership SET settled_at = $1 WHERE id = $2 AND settled_at = 0`, []any{micros(at), id}, nil)
	return err
}
