package embedded_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// before writes a file of a version, with what there was in version 2.
func before(t *testing.T, path string, version int, all ...storage.Session) {
	t.Helper()
	ctx := t.Context()
	file, err := sqlite.OpenFile(ctx, sqlite.FileOptions{Path: path, Key: bytes.Repeat([]byte{9}, 32), Relaxed: true, Follows: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Write(ctx, func(tx *sqlite.Tx) error {
		if err := tx.Script(`
CREATE TABLE session (id TEXT PRIMARY KEY, person_id TEXT NOT NULL, deadline INTEGER NOT NULL, due INTEGER NOT NULL, record BLOB NOT NULL);
CREATE INDEX session_due ON session (due);
CREATE INDEX session_person ON session (person_id);
CREATE TABLE interaction (id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL, version INTEGER NOT NULL, record BLOB NOT NULL);
CREATE INDEX interaction_expiry ON interaction (expires_at);
CREATE TABLE code (hash BLOB PRIMARY KEY, expires_at INTEGER NOT NULL, keep_until INTEGER NOT NULL, used INTEGER NOT NULL, record BLOB NOT NULL);
CREATE INDEX code_keep ON code (keep_until);
CREATE TABLE mark (name TEXT PRIMARY KEY, expires_at INTEGER NOT NULL);
CREATE INDEX mark_expiry ON mark (expires_at);
CREATE TABLE attempt (name TEXT PRIMARY KEY, count INTEGER NOT NULL, last INTEGER NOT NULL, prior INTEGER NOT NULL, expires_at INTEGER NOT NULL);
CREATE INDEX attempt_expiry ON attempt (expires_at);` + fmt.Sprintf(`PRAGMA user_version = %d;`, version)); err != nil {
			return err
		}
		for _, s := range all {
			record, err := json.Marshal(s)
			if err != nil {
				return err
			}
			if _, err := tx.Do(ctx, `INSERT INTO session (id, person_id, deadline, due, record) VALUES ($1, $2, $3, $3, $4)`,
				[]any{s.ID, s.PersonID, s.Deadline.UnixMicro(), record}, nil); err != nil {
				return err
			}
		}
		_, err := tx.Do(ctx, `INSERT INTO mark (name, expires_at) VALUES ('used', $1)`, []any{now.Add(time.Hour).UnixMicro()}, nil)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFileOfTheVersionBefore: who was signed in when the program was replaced stays so, is in
// the lists, and comes to an end of which everybody is told.
func TestFileOfTheVersionBefore(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "e.db")
	var all []storage.Session
	for i := range 1100 { // more than are read at once
		s := storage.Session{
			ID: fmt.Sprintf("s%04d", (i*7)%1100), PersonID: fmt.Sprint("p", i%400), IdleLimit: time.Hour, CreatedAt: now.Add(time.Duration(i) * time.Second),
			LastActivity: now, Deadline: now.Add(time.Hour), AbsoluteDeadline: now.Add(2 * time.Hour), Clients: []string{"chart"},
		}
		if i%11 == 0 {
			s.Clients = []string{"portal", "chart"}
		}
		all = append(all, s)
	}
	before(t, path, 2, all...)
	s := open(t, path)
	if err := s.Close(); err != nil { // and it stays so
		t.Fatal(err)
	}
	s = open(t, path)
	defer func() { _ = s.Close() }()
	w := s.Sessions()
	for client, wanted := range map[string][]storage.Session{
		"": all, "chart": all, "portal": slices.DeleteFunc(slices.Clone(all), func(one storage.Session) bool { return len(one.Clients) == 1 }),
	} {
		var ids, want []string
		for _, one := range wanted {
			want = append(want, one.ID)
		}
		for after := (storage.SessionPlace{}); ; {
			some, last, err := w.Page(ctx, client, after, now, 300)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range some {
				ids = append(ids, one.ID)
			}
			if after = last; after.IsZero() {
				break
			}
		}
		if !slices.Equal(ids, want) {
			t.Errorf("the list of %q has %d sessions, want %d in the order in which they began", client, len(ids), len(want))
		}
		n := 0
		if err := w.Each(ctx, client, now, func(storage.Session) error { n++; return nil }); err != nil || n != len(want) {
			t.Errorf("an end of %q finds %d, want %d (%v)", client, n, len(want), err)
		}
	}
	if found, err := w.ByPeople(ctx, now, "p0"); err != nil || len(found) != 3 {
		t.Errorf("a person has %d sessions, want 3 (%v)", len(found), err)
	}
	if _, err := w.Act(ctx, storage.Activity{SessionID: all[0].ID, ClientID: "billing", At: now, Counts: true}); err != nil {
		t.Error(err)
	}
	if used, err := s.Marks().Any(ctx, now, "used"); err != nil || !used {
		t.Errorf("a mark is forgotten (%v)", err)
	}
	ended, err := w.ClaimExpired(ctx, now.Add(time.Hour), time.Second, 2000)
	if err != nil || len(ended) != len(all) {
		t.Errorf("%d come to an end, want %d (%v)", len(ended), len(all), err)
	}
	if n, err := w.Remove(ctx, all[0].ID, all[1].ID); err != nil || n != 2 {
		t.Errorf("%d removed, want 2 (%v)", n, err)
	}
}

// TestFileOfAnotherVersion is emptied: nobody knows what is in it.
func TestFileOfAnotherVersion(t *testing.T) {
	for _, version := range []int{1, 99} {
		path := filepath.Join(t.TempDir(), "e.db")
		before(t, path, version, storage.Session{ID: "s", Deadline: now.Add(time.Hour), AbsoluteDeadline: now.Add(time.Hour)})
		s := open(t, path)
		if n, err := s.Sessions().Count(t.Context()); err != nil || n != 0 {
			t.Errorf("version %d: %d sessions (%v)", version, n, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
