package embedded

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

type attempts struct{ file *sqlite.File }

var _ storage.Attempts = attempts{}

// enterAttempt adds one and keeps what last was before, for when the attempt is
// taken back.
const enterAttempt = `INSERT INTO attempt (name, count, last, prior, expires_at) VALUES ($1, 1, $2, 0, $3)
 ON CONFLICT (name) DO UPDATE SET count = CASE WHEN expires_at > $2 THEN count + 1 ELSE 1 END, prior = last, last = $2, expires_at = $3`

// Reserve looks at all claims and then enters all, in one transaction.
func (s attempts) Reserve(ctx context.Context, at time.Time, claims ...storage.Claim) (wait time.Duration, err error) {
	err = s.file.Write(ctx, func(tx *sqlite.Tx) error {
		for _, c := range claims {
			found, err := get(ctx, tx, at, c.Key)
			if err != nil {
				return err
			}
			wait = max(wait, c.Wait(found, at))
		}
		if wait > 0 {
			return nil
		}
		for _, c := range claims {
			if _, err := tx.Do(ctx, enterAttempt, []any{c.Key, at.UnixMicro(), at.Add(c.Forget).UnixMicro()}, nil); err != nil {
				return err
			}
		}
		return nil
	})
	return wait, err
}

// Return puts last back to what it was, and with it the time of forgetting,
// unless another attempt came after.
func (s attempts) Return(ctx context.Context, at time.Time, keys ...string) error {
	return s.file.Write(ctx, func(tx *sqlite.Tx) error {
		for _, k := range keys {
			if _, err := tx.Do(ctx,
				`UPDATE attempt SET count = count - 1, expires_at = CASE WHEN last = $1 THEN expires_at - last + prior ELSE expires_at END,
				   last = CASE WHEN last = $1 THEN prior ELSE last END
				 WHERE name = $2 AND count > 0`,
				[]any{at.UnixMicro(), k}, nil); err != nil {
				return err
			}
			if _, err := tx.Do(ctx, `DELETE FROM attempt WHERE name = $1 AND count <= 0`, []any{k}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s attempts) Get(ctx context.Context, at time.Time, keys ...string) (found []storage.Attempt, err error) {
	found = make([]storage.Attempt, len(keys))
	err = s.file.Read(ctx, func(tx *sqlite.Tx) (err error) {
		for i, k := range keys {
			if found[i], err = get(ctx, tx, at, k); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

func get(ctx context.Context, tx *sqlite.Tx, at time.Time, key string) (found storage.Attempt, err error) {
	_, err = tx.Do(ctx, `SELECT count, last FROM attempt WHERE name = $1 AND expires_at > $2`, []any{key, at.UnixMicro()},
		func(r sqlite.Row) error {
			var last int64
			err := r.Scan(&found.Count, &last)
			found.Last = time.UnixMicro(last).UTC()
			return err
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
