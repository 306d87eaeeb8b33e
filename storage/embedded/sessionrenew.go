package embedded

import (
	"context"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

func (s sessions) Renew(ctx context.Context, r storage.Renewal) (after storage.Session, err error) {
	err = s.file.Write(ctx, func(tx *sqlite.Tx) error {
		record, err := getSession(ctx, tx, r.SessionID, r.At)
		if err == nil && !record.Renew(r) {
			err = storage.ErrStale
		}
		if err != nil {
			return err
		}
		b, err := encode(record)
		if err != nil {
			return err
		}
		after = record
		_, err = tx.Do(ctx, `UPDATE session SET record = $1 WHERE id = $2`, []any{b, record.ID}, nil)
		return err
	})
	return after, err
}
