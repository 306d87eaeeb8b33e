package sqlite_test

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
	"github.com/claviger-id/claviger/storage/storagetest"
)

var key = bytes.Repeat([]byte{7}, 32)

func options(path string) sqlite.Options {
	return sqlite.Options{Path: path, Key: key, Migrate: true, Log: slog.New(slog.DiscardHandler), Now: time.Now}
}

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), options(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	storagetest.Durable(t, func(t *testing.T) storage.Store {
		return open(t, filepath.Join(t.TempDir(), "d.db"))
	})
}

func TestMigrations(t *testing.T) {
	storagetest.Migrations(t, func(t *testing.T) storagetest.Database {
		path := filepath.Join(t.TempDir(), "d.db")
		return storagetest.Database{
			ByteType: "BLOB",
			Script: func(t *testing.T, sql string) {
				f, err := sqlite.OpenFile(t.Context(), sqlite.FileOptions{Path: path, Key: key})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = f.Close() }()
				if err := f.Write(t.Context(), func(tx *sqlite.Tx) error { return tx.Script(sql) }); err != nil {
					t.Fatal(err)
				}
			},
			Open: func(migrate, unmigrated bool) (storagetest.Migrating, error) {
				o := options(path)
				o.Migrate, o.Unmigrated = migrate, unmigrated
				return sqlite.Open(t.Context(), o)
			},
		}
	})
}
