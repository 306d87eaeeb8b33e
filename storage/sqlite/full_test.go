package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// TestFull fills the file up: writes are refused as unavailable, what was
// committed stays, and once there is room everything goes on.
func TestFull(t *testing.T) {
	ctx := t.Context()
	s, err := Open(ctx, Options{
		Path: filepath.Join(t.TempDir(), "d.db"), Key: bytes.Repeat([]byte{7}, keySize),
		Migrate: true, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	// The limit of SQLite itself stands for the disk's: the error is the same.
	limit := func(pages int64) {
		t.Helper()
		if err := s.file.Write(ctx, func(tx *Tx) error {
			_, err := tx.Do(ctx, "PRAGMA max_page_count = "+strconv.FormatInt(pages, 10), nil, func(Row) error { return nil })
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	add := func() error {
		return s.Tx(ctx, func(tx storage.Tx) error {
			return tx.Audit().Append(ctx, storage.AuditEvent{ID: fmt.Sprintf("%09d", n), Body: make([]byte, 20_000)})
		})
	}
	limit(200)
	for ; n < 1000; n++ {
		if err = add(); err != nil {
			break
		}
	}
	if !errors.Is(err, storage.ErrUnavailable) || n == 0 {
		t.Fatalf("after %d events: %v", n, err)
	}
	kept := func() (have int) {
		t.Helper()
		if err := s.View(context.WithoutCancel(ctx), func(tx storage.Tx) error {
			events, err := tx.Audit().Pending(ctx, 10_000)
			have = len(events)
			return err
		}); err != nil {
			t.Fatalf("reading while it is full: %v", err)
		}
		return have
	}
	if got := kept(); got != n {
		t.Errorf("%d events were committed, %d are there", n, got)
	}
	limit(100_000)
	if err := add(); err != nil {
		t.Errorf("once there is room: %v", err)
	}
	if got := kept(); got != n+1 {
		t.Errorf("%d events, want %d", got, n+1)
	}
}
