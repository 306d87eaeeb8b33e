package embedded_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/embedded"
	"github.com/claviger-id/claviger/storage/storagetest"
)

func open(t *testing.T, path string) *embedded.Store {
	t.Helper()
	s, err := embedded.Open(context.Background(), embedded.Options{Path: path, Key: bytes.Repeat([]byte{9}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	storagetest.Ephemeral(t, func(t *testing.T) storage.Ephemeral {
		s := open(t, filepath.Join(t.TempDir(), "e.db"))
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}

var now = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func TestRestartSignsNobodyOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.db")
	s := open(t, path)
	session := storage.Session{ID: "s", PersonID: "a", CreatedAt: now, Deadline: now.Add(time.Hour), AbsoluteDeadline: now.Add(time.Hour)}
	if err := s.Sessions().Create(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	defer func() { _ = s.Close() }()
	if _, err := s.Sessions().Get(t.Context(), "s", now); err != nil {
		t.Error(err)
	}
}

func TestPurgeRemovesWhatIsOverAndNothingElse(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "e.db"))
	defer func() { _ = s.Close() }()
	ctx := t.Context()
	over, later := now.Add(-time.Second), now.Add(time.Hour)
	for id, until := range map[string]time.Time{"over": over, "later": later} {
		if err := s.Interactions().Create(ctx, storage.Interaction{ID: id, ExpiresAt: until}); err != nil {
			t.Fatal(err)
		}
		if err := s.Codes().Save(ctx, storage.Code{Hash: []byte(id), ExpiresAt: until, KeepUntil: until}, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Marks().Set(ctx, id, over, until); err != nil {
			t.Fatal(err)
		}
		if err := s.Sessions().Create(ctx, storage.Session{ID: id, Deadline: until, AbsoluteDeadline: until}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Purge(ctx, now); err != nil {
		t.Fatal(err)
	}
	before := over.Add(-time.Second) // nothing was over then: what is there now is what Purge left
	if _, err := s.Interactions().Get(ctx, "over", before); err == nil {
		t.Error("an interaction that is over was left")
	}
	if _, err := s.Codes().Redeem(ctx, []byte("over"), "", before); err == nil {
		t.Error("a code that is over was left")
	}
	if marked, _ := s.Marks().Any(ctx, before, "over"); marked {
		t.Error("a mark that is over was left")
	}
	if _, err := s.Sessions().Get(ctx, "over", before); err != nil {
		t.Error("a session was purged before it was ended")
	}
	if _, err := s.Interactions().Get(ctx, "later", now); err != nil {
		t.Error(err)
	}
	if _, err := s.Codes().Redeem(ctx, []byte("later"), "", now); err != nil {
		t.Error(err)
	}
}
