package embedded

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

type attempts struct{ file *sqlite.File }

var _ storage.Attempts = attempts{}

func (s attempts) Add(ctx context.Context, key string, at time.Time, forget time.Duration) (after storage.Attempt, err error) {
	err = s.file.Write(ctx, func(tx *sqlite.Tx) error {
		_, err := tx.Do(ctx,
			`INSERT INTO attempt (name, count, last, expires_at) VALUES ($1, 1, $2, $3)
			 ON CONFLICT (name) DO UPDATE SET count = CASE WHEN expires_at > $2 THEN count + 1 ELSE 1 END, last = $2, expires_at = $3
			 RETURNING count`,
			[]any{key, at.UnixMicro(), at.Add(forget).UnixMicro()}, func(r sqlite.Row) error { return r.Scan(&after.Count) })
		return err
	})
	after.Last = at
	return after, err
}

func (s attempts) Get(ctx context.Context, at time.Time, keys ...string) (found []storage.Attempt, err error) {
	found = make([]storage.Attempt, len(keys))
	err = s.file.Read(ctx, func(tx *sqlite.Tx) error {
		for i, k := range keys {
			if _, err := tx.Do(ctx, `SELECT count, last FROM attempt WHERE name = $1 AND expires_at > $2`, []any{k, at.UnixMicro()},
				func(r sqlite.Row) error {
					var last int64
					err := r.Scan(&found[i].Count, &last)
					found[i].Last = time.UnixMicro(last).UTC()
					return err
				}); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

func (s attempts) Clear(ctx context.Context, keys ...string) error {
	return s.file.Write(ctx, func(tx *sqlite.Tx) error {
		for _, k := range keys {
			if _, err := tx.Do(ctx, `DELETE FROM attempt WHERE name = $1`, []any{k}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}
