package embedded

import (
	"context"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/storage/sqlite"
)

// ofVersion2 are the tables of version 2, all of them.
var ofVersion2 = []string{"session", "interaction", "code", "mark", "attempt"}

// listed has a file of version 2, which had no lists of sessions, become one of version 3:
// who is signed in stays so, and when that ends, it ends for everybody. Where the program of
// version 2 found a file of a later one, it dropped the tables that it knew and left the rest,
// with entries of sessions that are gone; so the lists are made anew.
func listed(ctx context.Context, tx *sqlite.Tx) error {
	if err := dropped(ctx, tx, ofVersion2...); err != nil {
		return err
	}
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

// dropped drops the tables and views of a file, with their indexes and triggers, but for the
// tables that are kept. It asks the file for them: a later version may have left some that
// this one does not know. They may refer to each other, so that is looked at when all are gone.
func dropped(ctx context.Context, tx *sqlite.Tx, keep ...string) error {
	drops := []string{`PRAGMA defer_foreign_keys = on;`}
	if _, err := tx.Do(ctx, `SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`, nil, func(r sqlite.Row) error {
		var kind, name string
		if err := r.Scan(&kind, &name); err != nil || slices.Contains(keep, name) {
			return err
		}
		drops = append(drops, `DROP `+kind+` "`+strings.ReplaceAll(name, `"`, `""`)+`";`)
		return nil
	}); err != nil {
		return err
	}
	return tx.Script(strings.Join(drops, "\n"))
}
