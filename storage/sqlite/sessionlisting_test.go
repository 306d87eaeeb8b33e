package sqlite_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/embedded"
	"github.com/claviger-id/claviger/storage/storagetest"
)

// TestListingsOfSessionsAreBounded counts the steps of the embedded store's statements.
func TestListingsOfSessionsAreBounded(t *testing.T) {
	storagetest.SessionListings(t, func(t *testing.T) storage.Ephemeral {
		s, err := embedded.Open(t.Context(), embedded.Options{Path: filepath.Join(t.TempDir(), "e.db"), Key: bytes.Repeat([]byte{7}, 32)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}, func(e storage.Ephemeral, do func() error) (int64, error) {
		file := e.(*embedded.Store).File()
		file.Steps()
		err := do()
		return file.Steps(), err
	})
}
