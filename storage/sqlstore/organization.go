package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/claviger-id/claviger/storage"
)

type organizations struct{ c Conn }

var _ storage.Organizations = organizations{}

const organizationColumns = `id, parent_id, kind, state, name, ceiling, created_at, updated_at, closed_at, version`

func scanOrganizations(all *[]storage.Organization) func(Row) error {
	return func(r Row) error {
		var o storage.Organization
		var ceiling string
		var created, updated, closed int64
		err := r.Scan(&o.ID, &o.ParentID, (*string)(&o.Kind), (*string)(&o.State), &o.Name, &ceiling, &created, &updated, &closed, &o.Version)
		o.Ceiling, o.CreatedAt, o.UpdatedAt, o.ClosedAt = list(ceiling), moment(created), moment(updated), moment(closed)
		*all = append(*all, o)
		return err
	}
}

func (s organizations) Insert(ctx context.Context, o storage.Organization) error {
	ceiling, err := words(o.Ceiling)
	if err != nil {
		return fmt.Errorf("organization %s: %w", o.ID, err)
	}
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO organization (`+organizationColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1) ON CONFLICT DO NOTHING`,
		o.ID, o.ParentID, string(o.Kind), string(o.State), o.Name, ceiling, micros(o.CreatedAt), micros(o.UpdatedAt), micros(o.ClosedAt))
}

func (s organizations) Get(ctx context.Context, id string) (storage.Organization, error) {
	return s.one(ctx, `SELECT `+organizationColumns+` FROM organization WHERE id = $1`, id)
}

// Hold writes the row as it is, which takes its lock.
func (s organizations) Hold(ctx context.Context, id string) (storage.Organization, error) {
	o, err := s.one(ctx, `UPDATE organization SET version = version WHERE id = $1 AND state = 'active' RETURNING `+organizationColumns, id)
	if !errors.Is(err, storage.ErrNotFound) {
		return o, err
	}
	if o, err = s.Get(ctx, id); err != nil {
		return o, err
	}
	return o, storage.ErrEnded
}

func (s organizations) one(ctx context.Context, sql, id string) (storage.Organization, error) {
	var found []storage.Organization
	if err := find(ctx, s.c, sql, []any{id}, scanOrganizations(&found)); err != nil {
		return storage.Organization{}, err
	}
	return found[0], nil
}

func (s organizations) Update(ctx context.Context, o storage.Organization) error {
	ceiling, err := words(o.Ceiling)
	if err != nil {
		return fmt.Errorf("organization %s: %w", o.ID, err)
	}
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE organization SET name = $1, ceiling = $2, state = $3, updated_at = $4, closed_at = $5, version = version + 1 WHERE id = $6 AND version = $7`,
		o.Name, ceiling, string(o.State), micros(o.UpdatedAt), micros(o.ClosedAt), o.ID, o.Version)
}

func (s organizations) List(ctx context.Context, after string, limit int) ([]storage.Organization, error) {
	var all []storage.Organization
	_, err := s.c.Do(ctx, `SELECT `+organizationColumns+` FROM organization WHERE id > $1 ORDER BY id LIMIT $2`,
		[]any{after, int64(limit)}, scanOrganizations(&all))
	return all, err
}

func (s organizations) Children(ctx context.Context, parentID, after string, limit int) ([]storage.Organization, error) {
	var all []storage.Organization
	_, err := s.c.Do(ctx, `SELECT `+organizationColumns+` FROM organization WHERE parent_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
		[]any{parentID, after, int64(limit)}, scanOrganizations(&all))
	return all, err
}

func (s organizations) Named(ctx context.Context, name string, limit int) ([]storage.Organization, error) {
	var all []storage.Organization
	err := find(ctx, s.c, `SELECT `+organizationColumns+` FROM organization WHERE name = $1 AND state = 'active' ORDER BY id LIMIT $2`,
		[]any{name, int64(limit)}, scanOrganizations(&all))
	if errors.Is(err, storage.ErrNotFound) {
		err = nil
	}
	return all, err
}

// Active passes over the first ones in the index alone.
func (s organizations) Active(ctx context.Context, after string, offset, limit int) ([]storage.Organization, error) {
	var all []storage.Organization
	_, err := s.c.Do(ctx, `SELECT `+organizationColumns+` FROM organization WHERE id IN (
		SELECT id FROM organization WHERE state = 'active' AND id > $1 ORDER BY id LIMIT $2 OFFSET $3) ORDER BY id`,
		[]any{after, int64(limit), int64(offset)}, scanOrganizations(&all))
	return all, err
}

func (s organizations) CountActive(ctx context.Context) (int64, error) {
	var n int64
	err := one(ctx, s.c, `SELECT count(*) FROM organization WHERE state = 'active'`, nil, func(r Row) error { return r.Scan(&n) })
	return n, err
}
