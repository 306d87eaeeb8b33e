package teststores

import (
	"context"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/claviger-id/claviger/pkg/secret"
)

// Database makes a database of the test's own and returns its URL.
func Database(t testing.TB) string {
	t.Helper()
	return DatabaseWith(t, "")
}

// DatabaseWith does so with options of CREATE DATABASE.
func DatabaseWith(t testing.TB, options string) string {
	t.Helper()
	name := "test_" + secret.NewID()
	u := own(t, "CREATE DATABASE "+name+" "+options, "DROP DATABASE "+name+" WITH (FORCE)")
	u.Path = "/" + name
	return u.String()
}

// Schema makes a schema of the test's own and returns a URL that leads into it.
// It costs a tenth of a database.
func Schema(t testing.TB) string {
	t.Helper()
	name := "test_" + secret.NewID()
	u := own(t, "CREATE SCHEMA "+name, "DROP SCHEMA "+name+" CASCADE")
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// own runs one statement now and the other after the test, and returns the URL
// of the server.
func own(t testing.TB, create, drop string) *url.URL {
	t.Helper()
	server := Given(t, Postgres)
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("the URL of PostgreSQL cannot be read")
	}
	run := func(ctx context.Context, sql string) {
		conn, err := pgx.Connect(ctx, server)
		if err != nil {
			t.Fatalf("connecting to PostgreSQL: %v", err)
		}
		defer func() { _ = conn.Close(ctx) }()
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	run(t.Context(), create)
	t.Cleanup(func() { run(context.Background(), drop) })
	return u
}
