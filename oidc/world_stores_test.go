package oidc_test

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/embedded"
	"github.com/claviger-id/claviger/storage/postgres"
	"github.com/claviger-id/claviger/storage/redis"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// stores opens one of the two combinations of stores that we serve from, for
// one world only.
type stores func(t *testing.T, now func() time.Time) (storage.Store, storage.Ephemeral)

// onEveryStore runs a test of the protocol on every combination of stores.
func onEveryStore(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	for name, on := range map[string]stores{"embedded": embeddedStores, "postgres+redis": serverStores} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they wait for disks and servers, not for the processor
			test(t, newWorld(t, on))
		})
	}
}

// embeddedStores are a SQLite database and the embedded ephemeral store.
func embeddedStores(t *testing.T, now func() time.Time) (storage.Store, storage.Ephemeral) {
	t.Helper()
	dir, key := t.TempDir(), bytes.Repeat([]byte{7}, 32)
	durable, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(dir, "d.db"), Key: key, Now: now, Log: quiet, Migrate: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = durable.Close() })
	ephemeral, err := embedded.Open(t.Context(), embedded.Options{Path: filepath.Join(dir, "e.db"), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ephemeral.Close() })
	return durable, ephemeral
}

// serverStores are a schema in PostgreSQL and a prefix in Redis, both of this
// world only.
func serverStores(t *testing.T, now func() time.Time) (storage.Store, storage.Ephemeral) {
	t.Helper()
	durable, err := postgres.Open(t.Context(), postgres.Options{
		URL: newSchema(t), Now: now, Log: quiet, Migrate: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = durable.Close() })
	ephemeral, err := redis.Open(t.Context(), redis.Options{
		URL: server(t, "CLAVIGER_TEST_REDIS"), Prefix: "oidc-" + secret.NewID(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ephemeral.Close() })
	return durable, ephemeral
}

// newSchema makes a schema of PostgreSQL and returns a URL that leads into it.
// It costs a tenth of a database of its own.
func newSchema(t *testing.T) string {
	t.Helper()
	address := server(t, "CLAVIGER_TEST_POSTGRES")
	name := "oidc_" + secret.NewID()
	run := func(ctx context.Context, sql string) {
		conn, err := pgx.Connect(ctx, address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(ctx) }()
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	run(t.Context(), "CREATE SCHEMA "+name)
	t.Cleanup(func() { run(context.Background(), "DROP SCHEMA "+name+" CASCADE") })
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// server is the address of a server that the tests were given.
func server(t *testing.T, variable string) string {
	t.Helper()
	address := os.Getenv(variable)
	if address == "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not set, and CI is", variable)
		}
		t.Skipf("NOT TESTED: %s names no server; run the tests with: make test", variable)
	}
	return address
}
