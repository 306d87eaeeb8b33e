package postgres

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/claviger-id/claviger/storage/sqlstore"
)

// longRows is how many rows the tables of a step may have that is taken at the start of a
// server. Their indexes are built anew, which takes seconds at this size, in which nobody
// can use the table.
const longRows = 1_000_000

// byteOrder puts the texts of our tables in the order of their bytes. A database may have
// been made with the order of a language, in which a tilde comes before the letters, and
// small and capital ones side by side: the pages of our lists go from one place in the
// order to the next, and have to agree with SQLite and with the program on it.
func byteOrder(ctx context.Context, conn *pgx.Conn) error {
	changes, err := otherOrder(ctx, conn)
	if err != nil {
		return err
	}
	for _, table := range slices.Sorted(maps.Keys(changes)) {
		if _, err := conn.Exec(ctx, `ALTER TABLE `+pgx.Identifier{table}.Sanitize()+` `+strings.Join(changes[table], ", ")); err != nil {
			return classify(err)
		}
	}
	return nil
}

// long says that byteOrder would take long.
func long(ctx context.Context, conn *pgx.Conn) (bool, error) {
	changes, err := otherOrder(ctx, conn)
	if err != nil || len(changes) == 0 {
		return false, err
	}
	// As the planner estimates them; where it does not know, after a restore perhaps, as many
	// as there can be.
	var rows float64
	err = conn.QueryRow(ctx, `SELECT COALESCE(sum(CASE WHEN reltuples < 0 THEN pg_relation_size(oid) / 100 ELSE reltuples END), 0)::float8 FROM pg_class
		WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname = ANY($1)`, slices.Collect(maps.Keys(changes))).Scan(&rows)
	if err != nil {
		return false, classify(err)
	}
	return rows > longRows, nil
}

// otherOrder is what there is to change, by table. A database whose own order is that of
// bytes keeps its columns as they are.
func otherOrder(ctx context.Context, conn *pgx.Conn) (changes map[string][]string, err error) {
	tables, err := sqlstore.Tables()
	if err != nil {
		return nil, err
	}
	// Before version 15 the order was always one of the C library.
	var itself bool
	if err := conn.QueryRow(ctx, `SELECT COALESCE(to_jsonb(d)->>'datlocprovider', 'c') = 'c' AND datcollate IN ('C', 'POSIX')
		FROM pg_database d WHERE datname = current_database()`).Scan(&itself); err != nil {
		return nil, classify(err)
	}
	rows, err := conn.Query(ctx, `SELECT table_name::text, column_name::text FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name = ANY($1) AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' AND NOT ($2 AND collation_name IS NULL)
		ORDER BY table_name, column_name`, tables, itself)
	if err != nil {
		return nil, classify(err)
	}
	changes = map[string][]string{}
	var table, column string
	if _, err := pgx.ForEachRow(rows, []any{&table, &column}, func() error {
		changes[table] = append(changes[table], `ALTER COLUMN `+pgx.Identifier{column}.Sanitize()+` TYPE TEXT COLLATE "C"`)
		return nil
	}); err != nil {
		return nil, classify(err)
	}
	return changes, nil
}
