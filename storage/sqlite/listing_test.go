package sqlite

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlstore"
	"github.com/claviger-id/claviger/storage/storagetest"
)

// TestListingsAreBounded counts the steps of the statements.
func TestListingsAreBounded(t *testing.T) {
	storagetest.Listings(t, func(t *testing.T) storage.Store {
		s, err := Open(t.Context(), Options{
			Path: filepath.Join(t.TempDir(), "d.db"), Key: bytes.Repeat([]byte{7}, keySize), Migrate: true, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}, func(_ context.Context, tx storage.Tx, do func() error) (steps int64, err error) {
		c := tx.(*sqlstore.Tx).Conn.(*Tx).c
		for _, s := range c.prepared {
			s.Status(sqlite3.STMTSTATUS_VM_STEP, true)
		}
		err = do()
		for _, s := range c.prepared {
			steps += int64(s.Status(sqlite3.STMTSTATUS_VM_STEP, true))
		}
		return steps, err
	})
}
