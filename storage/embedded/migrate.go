package embedded

import (
	"context"

	"github.com/claviger-id/claviger/storage/sqlite"
)

// listed has a file of version 2, which had no lists of sessions, become one of version 3:
// who is signed in stays so, and when that ends, it ends for everybody.
func listed(ctx context.Context, tx *sqlite.Tx) error {
	if err := tx.Script(`ALTER TABLE session ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;` + schemaOfLists); err != nil {
		return err
	}
	const batch = 500
	for after := ""; ; {
		some, err := querySessions(ctx, tx, `SELECT record FROM session WHERE id > $1 ORDER BY id LIMIT $2`, after, int64(batch))
		if err != nil {
			return err
		}
		for _, record := range some {
			after = record.ID
			if _, err := tx.Do(ctx, `UPDATE session SET created_at = $1 WHERE id = $2`, []any{record.CreatedAt.UnixMicro(), record.ID}, nil); err != nil {
				return err
			}
			if err := joined(ctx, tx, record, record.Clients); err != nil {
				return err
			}
		}
		if len(some) < batch {
			return nil
		}
	}
}
