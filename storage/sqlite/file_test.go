package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
	"github.com/claviger-id/claviger/storage/storagetest"
)

var key = bytes.Repeat([]byte{7}, 32)

func open(t *testing.T, path string, key []byte) (*sqlite.Store, error) {
	t.Helper()
	return sqlite.Open(context.Background(), sqlite.Options{
		Path: path, Key: key, Migrate: true, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
}

func TestConformance(t *testing.T) {
	storagetest.Durable(t, func(t *testing.T) storage.Store {
		s, err := open(t, filepath.Join(t.TempDir(), "d.db"), key)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}

func TestSpike(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?c#%.db")
	s, err := open(t, path, key)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	begun := time.Now()
	for range 1000 {
		if err := s.Tx(ctx, func(tx storage.Tx) error {
			_, err := tx.People().NextOrdinal(ctx, []byte("sentinel-sentinel"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	t.Log("1000 tx", time.Since(begun))
	begun = time.Now()
	_ = s.Tx(ctx, func(tx storage.Tx) error {
		for range 10000 {
			_, err := tx.People().NextOrdinal(ctx, []byte("sentinel-sentinel"))
			if err != nil {
				return err
			}
		}
		return nil
	})
	t.Log("10000 in one tx", time.Since(begun))
	begun = time.Now()
	for range 1000 {
		if err := s.View(ctx, func(tx storage.Tx) error {
			_, err := tx.Audit().Size(ctx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	t.Log("1000 views", time.Since(begun))
	if _, err := open(t, path, key); !errors.Is(err, storage.ErrInUse) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	if bytes.Contains(before, []byte("sentinel")) || bytes.Contains(before, []byte("SQLite")) {
		t.Error("plaintext")
	}
	if _, err := open(t, path, bytes.Repeat([]byte{8}, 32)); !errors.Is(err, storage.ErrWrongKey) {
		t.Error(err)
	}
	after, _ := os.ReadFile(path)
	if !bytes.Equal(before, after) {
		t.Error("changed")
	}
	ents, _ := os.ReadDir(filepath.Dir(path))
	for _, e := range ents {
		t.Log(e.Name())
	}
	if s, err = open(t, path, key); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
}
