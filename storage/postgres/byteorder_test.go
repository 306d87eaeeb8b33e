package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/postgres"
	"github.com/claviger-id/claviger/storage/teststores"
)

// TestOrderOfTheDatabase: the databases of the tests are made with the order of a language,
// and texts are in the order of their bytes there, in one that had steps before as well.
func TestOrderOfTheDatabase(t *testing.T) {
	url := teststores.Database(t)
	conn := connect(t, url)
	open := func() { t.Helper(); opens(t, url) }
	other := func() (n int) {
		t.Helper()
		if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM information_schema.columns
			WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	var tildeFirst bool
	if err := conn.QueryRow(t.Context(), `SELECT '~' < 'a'`).Scan(&tildeFirst); err != nil || !tildeFirst {
		t.Fatalf("this database has the order of bytes by itself: %v", err)
	}
	open()
	if n := other(); n != 0 {
		t.Errorf("%d columns have another order", n)
	}

	execute(t, conn, otherOrder, `ALTER TABLE audit_event ALTER COLUMN kind TYPE TEXT COLLATE "default"`, lastStep)
	if n := other(); n != 2 {
		t.Errorf("%d columns, want the two", n)
	}
	open()
	if n := other(); n != 0 {
		t.Errorf("%d columns have another order after the last step", n)
	}
}

// opens opens the store, which brings the database to this version, and closes it.
func opens(t *testing.T, url string) {
	t.Helper()
	s, err := postgres.Open(t.Context(), options(url))
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
}

// connect is a connection of a test's own.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func execute(t *testing.T, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

const (
	otherOrder = `ALTER TABLE person ALTER COLUMN id TYPE TEXT COLLATE "default"`
	lastStep   = `DELETE FROM schema_version WHERE number = (SELECT max(number) FROM schema_version)`
)

// TestDatabaseInTheOrderOfBytes: its indexes are not built anew.
func TestDatabaseInTheOrderOfBytes(t *testing.T) {
	url := teststores.DatabaseWith(t, `TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'`)
	open := func() { t.Helper(); opens(t, url) }
	open()
	conn := connect(t, url)
	files := func() (found string) {
		t.Helper()
		if err := conn.QueryRow(t.Context(), `SELECT string_agg(relname || ' ' || pg_relation_filenode(oid), E'\n' ORDER BY relname)
			FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = current_schema()::regnamespace`).Scan(&found); err != nil {
			t.Fatal(err)
		}
		return found
	}
	before := files()
	execute(t, conn, lastStep)
	open()
	if after := files(); after != before || before == "" {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}

// TestAStepThatHasToWait: while a step waits for a table that a dump reads, others read
// it too, and all other tables; when the dump is done, so is the step.
func TestAStepThatHasToWait(t *testing.T) {
	url := teststores.Database(t)
	o := options(url)
	opens(t, url)
	dump, reader := connect(t, url), connect(t, url)
	execute(t, reader, otherOrder, `ALTER TABLE audit_event ALTER COLUMN kind TYPE TEXT COLLATE "default"`, lastStep)
	execute(t, dump, `BEGIN`, `LOCK TABLE person IN ACCESS SHARE MODE`)

	opened := make(chan error, 1)
	go func() {
		s, err := postgres.Open(t.Context(), o)
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	waits := func() (is bool) {
		t.Helper()
		if err := reader.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'person'::regclass AND NOT granted)`).Scan(&is); err != nil {
			t.Fatal(err)
		}
		return is
	}
	for range 600 {
		if waits() {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !waits() {
		t.Fatal("the step does not wait for the table")
	}
	execute(t, reader, `SET lock_timeout = '20s'`, `SELECT kind FROM audit_event LIMIT 1`, `SELECT id FROM person LIMIT 1`)
	select {
	case err := <-opened:
		t.Fatalf("the step did not wait: %v", err)
	default:
	}
	execute(t, dump, `COMMIT`)
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

// TestAStepBesideAReplica: a replica whose statements were prepared before a step answers
// that it is not available, once for each connection, and then goes on.
func TestAStepBesideAReplica(t *testing.T) {
	url := teststores.Database(t)
	s, err := postgres.Open(t.Context(), options(url))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	get := func() error {
		return s.View(t.Context(), func(tx storage.Tx) error {
			_, err := tx.People().Get(t.Context(), "nobody")
			return err
		})
	}
	for range 3 {
		if err := get(); !errors.Is(err, storage.ErrNotFound) {
			t.Fatal(err)
		}
	}
	execute(t, connect(t, url), otherOrder)
	unavailable := 0
	for range 20 {
		switch err := get(); {
		case errors.Is(err, storage.ErrUnavailable):
			unavailable++
		case !errors.Is(err, storage.ErrNotFound):
			t.Fatal(err)
		}
	}
	if unavailable == 0 || unavailable > 10 {
		t.Errorf("not available %d times of 20", unavailable)
	}
	if err := get(); !errors.Is(err, storage.ErrNotFound) {
		t.Error(err)
	}
}

// TestAStepThatTakesLong: a server does not begin it; who asks for it gets it.
func TestAStepThatTakesLong(t *testing.T) {
	url := teststores.Database(t)
	open := func(o postgres.Options) (*postgres.Store, error) {
		s, err := postgres.Open(t.Context(), o)
		if err == nil {
			t.Cleanup(func() { _ = s.Close() })
		}
		return s, err
	}
	if _, err := open(options(url)); err != nil {
		t.Fatal(err)
	}
	rows := func(n int) string {
		return fmt.Sprintf(`UPDATE pg_class SET reltuples = %d WHERE oid = 'person'::regclass`, n)
	}
	conn := connect(t, url)
	execute(t, conn, otherOrder, lastStep, rows(1_000_001))
	if _, err := open(options(url)); !errors.Is(err, storage.ErrLong) {
		t.Fatalf("a server begins it: %v", err)
	}
	execute(t, conn, rows(1_000_000))
	if _, err := open(options(url)); err != nil {
		t.Errorf("a server does not begin a short one: %v", err)
	}
	execute(t, conn, otherOrder, lastStep, rows(1_000_001))
	asked := options(url)
	asked.Migrate, asked.Unmigrated = false, true
	s, err := open(asked)
	if err == nil {
		err = s.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(options(url)); err != nil {
		t.Error(err)
	}
}
