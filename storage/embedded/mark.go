package embedded

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

type marks struct{ file *sqlite.File }

var _ storage.Marks = marks{}

func (s marks) Set(ctx context.Context, key string, at, until time.Time) (first bool, err error) {
	err = s.file.Write(ctx, func(tx *sqlite.Tx) error {
		n, err := tx.Do(ctx,
			`INSERT INTO mark (name, expires_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET expires_at = $2 WHERE expires_at <= $3`,
			[]any{key, until.UnixMicro(), at.UnixMicro()}, nil)
		first = n > 0
		return err
	})
	return first, err
}

func (s marks) Any(ctx context.Context, at time.Time, keys ...string) (found bool, err error) {
	err = s.file.Read(ctx, func(tx *sqlite.Tx) error {
		found, err = marked(ctx, tx, at, keys)
		return err
	})
	return found, err
}

func (s marks) Each(ctx context.Context, at time.Time, keys ...string) ([]bool, error) {
	all := make([]bool, len(keys))
	err := s.file.Read(ctx, func(tx *sqlite.Tx) (err error) {
		for i := range keys {
			if all[i], err = marked(ctx, tx, at, keys[i:i+1]); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

func (s marks) SetAll(ctx context.Context, _ time.Time, all ...storage.Mark) error {
	return s.file.Write(ctx, func(tx *sqlite.Tx) error {
		for _, m := range all {
			if _, err := tx.Do(ctx, `INSERT INTO mark (name, expires_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET expires_at = max(expires_at, $2)`,
				[]any{m.Key, m.Until.UnixMicro()}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// marked says that one of the marks is set.
func marked(ctx context.Context, tx *sqlite.Tx, at time.Time, keys []string) (bool, error) {
	for _, k := range keys {
		n, err := tx.Do(ctx, `SELECT 1 FROM mark WHERE name = $1 AND expires_at > $2`, []any{k, at.UnixMicro()}, nil)
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}
