package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/claviger-id/claviger/storage/postgres"
	"github.com/claviger-id/claviger/storage/teststores"
)

// TestOrderOfTheDatabase: the databases of the tests are made with the order of a language,
// and texts are in the order of their bytes there, in one that had steps before as well.
func TestOrderOfTheDatabase(t *testing.T) {
	url := teststores.Database(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	open := func() {
		t.Helper()
		s, err := postgres.Open(t.Context(), options(url))
		if err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
	}
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

	for _, sql := range []string{
		`ALTER TABLE person ALTER COLUMN id TYPE TEXT COLLATE "default"`, `ALTER TABLE audit_event ALTER COLUMN kind TYPE TEXT COLLATE "default"`,
		`DELETE FROM schema_version WHERE number = (SELECT max(number) FROM schema_version)`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if n := other(); n != 2 {
		t.Errorf("%d columns, want the two", n)
	}
	open()
	if n := other(); n != 0 {
		t.Errorf("%d columns have another order after the last step", n)
	}
}
