package teststores

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/embedded"
	"github.com/claviger-id/claviger/storage/postgres"
	"github.com/claviger-id/claviger/storage/redis"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// Embedded opens the pair of stores that needs no server: a SQLite database and
// the embedded ephemeral store.
func Embedded(t testing.TB, now func() time.Time) (storage.Store, storage.Ephemeral) {
	t.Helper()
	dir, key := t.TempDir(), bytes.Repeat([]byte{7}, 32)
	durable, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(dir, "d.db"), Key: key, Now: now, Log: slog.New(slog.DiscardHandler), Migrate: true,
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

// Servers opens the pair that replicas share: a schema of PostgreSQL and a prefix
// in Redis, both of this test only.
func Servers(t testing.TB, now func() time.Time) (storage.Store, storage.Ephemeral) {
	t.Helper()
	durable, err := postgres.Open(t.Context(), postgres.Options{
		URL: Schema(t), Now: now, Log: slog.New(slog.DiscardHandler), Migrate: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = durable.Close() })
	return durable, Prefix(t)
}

// Prefix opens a prefix in Redis of the test's own.
func Prefix(t testing.TB) storage.Ephemeral {
	t.Helper()
	s, err := redis.Open(t.Context(), redis.Options{URL: Given(t, Redis), Prefix: "test-" + secret.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
