package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/postgres"
	"github.com/claviger-id/claviger/storage/sqlstore"
	"github.com/claviger-id/claviger/storage/storagetest"
	"github.com/claviger-id/claviger/storage/teststores"
)

// readSoFar is how many rows, and entries of indexes, a transaction has read.
const readSoFar = `SELECT CAST(coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx_tup_fetch), 0) +
	(SELECT coalesce(sum(pg_stat_get_xact_tuples_returned(indexrelid)), 0) FROM pg_index WHERE indrelid IN (SELECT relid FROM pg_stat_xact_user_tables)) AS BIGINT)
	FROM pg_stat_xact_user_tables`

// TestListingsAreBounded counts the rows and the entries of indexes that are read.
//
// The server plans a statement for its arguments at first, and once for all later on.
func TestListingsAreBounded(t *testing.T) {
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		t.Run(mode, func(t *testing.T) { listingsAreBounded(t, mode) })
	}
}

func listingsAreBounded(t *testing.T, mode string) {
	analyzed := false
	storagetest.Listings(t, func(t *testing.T) storage.Store {
		analyzed = false
		s, err := postgres.Open(t.Context(), options(teststores.Database(t)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}, func(ctx context.Context, tx storage.Tx, do func() error) (int64, error) {
		conn := tx.(*sqlstore.Tx).Conn
		var err error
		set := func(sql string) {
			_, e := conn.Do(ctx, sql, nil, nil)
			err = errors.Join(err, e)
		}
		if !analyzed { // as the server does by itself after a while
			set(`ANALYZE`)
			analyzed = true
		}
		// Tables as small as these are read whole where that costs less than an index.
		set(`SET LOCAL enable_seqscan = off`)
		set(`SET LOCAL random_page_cost = 1`)
		set(`SET LOCAL plan_cache_mode = ` + mode)
		read := func() (n int64) {
			_, e := conn.Do(ctx, readSoFar, nil, func(r sqlstore.Row) error { return r.Scan(&n) })
			err = errors.Join(err, e)
			return n
		}
		before := read()
		err = errors.Join(err, do())
		return read() - before, err
	})
}

// TestTheLatestOfABusyActor: of twenty thousand events that somebody is behind, the latest
// five hundred are found without the others, from the first time on.
func TestTheLatestOfABusyActor(t *testing.T) {
	s, err := postgres.Open(t.Context(), options(teststores.Database(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Tx(t.Context(), func(tx storage.Tx) error {
		conn := tx.(*sqlstore.Tx).Conn
		for _, sql := range []string{
			`INSERT INTO audit_event (id, at, kind, subject, body, place, actor, outcome)
				SELECT 'e' || lpad(i::text, 8, '0'), i, 'k', 'p', '', i, CASE WHEN i % 2 = 0 THEN 'busy' WHEN i % 20 = 1 THEN 'c' || (i % 50) ELSE 'a' || (i % 1000) END, 'allow' FROM generate_series(1, 40000) i`,
			`ANALYZE audit_event`,
		} {
			if _, err := conn.Do(t.Context(), sql, nil, nil); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		if err := s.Tx(t.Context(), func(tx storage.Tx) error {
			read := func() (n int64, err error) {
				_, err = tx.(*sqlstore.Tx).Conn.Do(t.Context(), readSoFar, nil, func(r sqlstore.Row) error { return r.Scan(&n) })
				return n, err
			}
			before, err := read()
			if err != nil {
				return err
			}
			found, err := tx.Audit().Find(t.Context(), storage.AuditSpan{By: storage.AuditByActor, Value: "busy", Before: "~", Newest: true, Limit: 500})
			if err != nil {
				return err
			}
			after, err := read()
			if len(found) != 500 || after-before > 2000 {
				t.Errorf("time %d: %d events, %d rows and entries read", i, len(found), after-before)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}
