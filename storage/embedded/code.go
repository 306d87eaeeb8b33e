package embedded

import (
	"context"
	"errors"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

type codes struct{ file *sqlite.File }

var _ storage.Codes = codes{}

func (s codes) Save(ctx context.Context, c storage.Code, a *storage.Activity) error {
	b, err := encode(c)
	if err != nil {
		return err
	}
	return s.file.Write(ctx, func(tx *sqlite.Tx) error {
		if a != nil {
			if _, err := act(ctx, tx, *a); errors.Is(err, storage.ErrNotFound) {
				return storage.ErrEnded
			} else if err != nil {
				return err
			}
		}
		n, err := tx.Do(ctx, `INSERT INTO code (hash, expires_at, keep_until, used, record) VALUES ($1, $2, $3, 0, $4) ON CONFLICT DO NOTHING`,
			[]any{c.Hash, c.ExpiresAt.UnixMicro(), c.KeepUntil.UnixMicro(), b}, nil)
		if err == nil && n == 0 {
			return storage.ErrConflict
		}
		return err
	})
}

func (s codes) Redeem(ctx context.Context, hash []byte, sessionID string, at time.Time) (c storage.Code, err error) {
	spent, ended := false, false
	err = s.file.Write(ctx, func(tx *sqlite.Tx) error {
		var (
			b             []byte
			expires, used int64
		)
		n, err := tx.Do(ctx, `SELECT record, expires_at, used FROM code WHERE hash = $1 AND keep_until > $2`,
			[]any{hash, at.UnixMicro()}, func(r sqlite.Row) error { return r.Scan(&b, &expires, &used) })
		if err != nil {
			return err
		}
		if n == 0 || (used == 0 && expires <= at.UnixMicro()) {
			return storage.ErrNotFound
		}
		if spent = used != 0; !spent {
			if _, err := tx.Do(ctx, `UPDATE code SET used = 1 WHERE hash = $1`, []any{hash}, nil); err != nil {
				return err
			}
		}
		if sessionID != "" && !spent {
			_, err := getSession(ctx, tx, sessionID, at)
			if ended = errors.Is(err, storage.ErrNotFound); !ended && err != nil {
				return err
			}
		}
		return decode(b, &c)
	})
	switch {
	case err == nil && spent:
		err = storage.ErrUsed
	case err == nil && ended:
		err = storage.ErrEnded
	}
	return c, err
}
