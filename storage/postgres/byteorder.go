package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/claviger-id/claviger/storage/sqlstore"
)

// byteOrder puts the texts of our tables in the order of their bytes. A database may have
// been made with the order of a language, in which a tilde comes before the letters, and
// small and capital ones side by side: the pages of our lists go from one place in the
// order to the next, and have to agree with SQLite and with the program on it. A database
// whose own order that is keeps its columns as they are: each change of one builds its
// indexes anew.
func byteOrder(ctx context.Context, conn *pgx.Conn) error {
	tables, err := sqlstore.Tables()
	if err != nil {
		return err
	}
	// Before version 15 the order was always one of the C library.
	var itself bool
	if err := conn.QueryRow(ctx, `SELECT COALESCE(to_jsonb(d)->>'datlocprovider', 'c') = 'c' AND datcollate IN ('C', 'POSIX')
		FROM pg_database d WHERE datname = current_database()`).Scan(&itself); err != nil {
		return classify(err)
	}
	rows, err := conn.Query(ctx, `SELECT table_name::text, column_name::text FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name = ANY($1) AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' AND NOT ($2 AND collation_name IS NULL)
		ORDER BY table_name, column_name`, tables, itself)
	if err != nil {
		return classify(err)
	}
	changes := map[string][]string{}
	var table, column string
	if _, err := pgx.ForEachRow(rows, []any{&table, &column}, func() error {
		changes[table] = append(changes[table], `ALTER COLUMN `+pgx.Identifier{column}.Sanitize()+` TYPE TEXT COLLATE "C"`)
		return nil
	}); err != nil {
		return classify(err)
	}
	for _, table := range tables {
		if len(changes[table]) == 0 {
			continue
		}
		if _, err := conn.Exec(ctx, `ALTER TABLE `+pgx.Identifier{table}.Sanitize()+` `+strings.Join(changes[table], ", ")); err != nil {
			return classify(err)
		}
	}
	return nil
}
