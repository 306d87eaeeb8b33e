package sqlstore

import (
	"context"

	"github.com/claviger-id/claviger/storage"
)

type settings struct{ c Conn }

var _ storage.Settings = settings{}

func (s settings) Get(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := find(ctx, s.c, `SELECT value FROM setting WHERE name = $1`, []any{name},
		func(r Row) error { return r.Scan(&value) })
	return value, err
}

func (s settings) PutOnce(ctx context.Context, name string, value []byte) ([]byte, error) {
	if _, err := s.c.Do(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`,
		[]any{name, value}, nil); err != nil {
		return nil, err
	}
	return s.Get(ctx, name)
}

func (s settings) Swap(ctx context.Context, name string, old, value []byte) error {
	return write(ctx, s.c, storage.ErrStale, `UPDATE setting SET value = $1 WHERE name = $2 AND value = $3`, value, name, old)
}
