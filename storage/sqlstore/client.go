package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type clients struct{ c Conn }

var _ storage.Clients = clients{}

func scanClient(c *storage.Client) func(Row) error {
	return func(r Row) error {
		var metadata string
		var created, updated int64
		if err := r.Scan(&c.ID, &metadata, &created, &updated, &c.Version); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(metadata), c); err != nil {
			return fmt.Errorf("client %s: %w", c.ID, err)
		}
		c.CreatedAt, c.UpdatedAt = moment(created), moment(updated)
		return nil
	}
}

func (s clients) Insert(ctx context.Context, c storage.Client) error {
	metadata, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("client %s: %w", c.ID, err)
	}
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO client (id, metadata, created_at, updated_at, version) VALUES ($1, $2, $3, $4, 1) ON CONFLICT DO NOTHING`,
		c.ID, string(metadata), micros(c.CreatedAt), micros(c.UpdatedAt))
}

func (s clients) Get(ctx context.Context, id string) (storage.Client, error) {
	var c storage.Client
	err := find(ctx, s.c, `SELECT id, metadata, created_at, updated_at, version FROM client WHERE id = $1`, []any{id}, scanClient(&c))
	return c, err
}

func (s clients) Update(ctx context.Context, c storage.Client) error {
	metadata, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("client %s: %w", c.ID, err)
	}
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE client SET metadata = $1, updated_at = $2, version = version + 1 WHERE id = $3 AND version = $4`,
		string(metadata), micros(c.UpdatedAt), c.ID, c.Version)
}

func (s clients) Remove(ctx context.Context, id string, version int64) error {
	return write(ctx, s.c, storage.ErrStale, `DELETE FROM client WHERE id = $1 AND version = $2`, id, version)
}

func (s clients) List(ctx context.Context, after string, limit int) ([]storage.Client, error) {
	var found []storage.Client
	_, err := s.c.Do(ctx, `SELECT id, metadata, created_at, updated_at, version FROM client WHERE id > $1 ORDER BY id LIMIT $2`,
		[]any{after, int64(limit)}, func(r Row) error {
			var c storage.Client
			if err := scanClient(&c)(r); err != nil {
				return err
			}
			found = append(found, c)
			return nil
		})
	return found, err
}

func (s clients) Newest(ctx context.Context) (time.Time, int64, error) {
	var newest, n int64
	_, err := s.c.Do(ctx, `SELECT coalesce(max(updated_at), 0), count(*) FROM client`, nil,
		func(r Row) error { return r.Scan(&newest, &n) })
	return moment(newest), n, err
}
