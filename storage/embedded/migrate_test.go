package embedded_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/embedded"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// raw writes to a file as another program does.
func raw(t *testing.T, path string, fn func(*sqlite.Tx) error) {
	t.Helper()
	file, err := sqlite.OpenFile(t.Context(), sqlite.FileOptions{Path: path, Key: bytes.Repeat([]byte{9}, 32), Relaxed: true, Follows: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// before is what the program of version 2 makes of a file: it drops the tables that it
// knows, makes them anew, and people sign in. The file is said to be of a version.
func before(t *testing.T, path string, version int, all ...storage.Session) {
	t.Helper()
	ctx := t.Context()
	raw(t, path, func(tx *sqlite.Tx) error {
		if err := tx.Script(`
DROP TABLE IF EXISTS session; DROP TABLE IF EXISTS interaction; DROP TABLE IF EXISTS code; DROP TABLE IF EXISTS mark; DROP TABLE IF EXISTS attempt;
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
	})
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

// later is what a version that nobody knows yet may have left in a file.
const later = `
CREATE TABLE device (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
CREATE TABLE device_use (id TEXT PRIMARY KEY, device TEXT NOT NULL REFERENCES device (name));
CREATE TABLE "odd ""name" (id TEXT PRIMARY KEY);
CREATE INDEX session_created ON device_use (device);
CREATE VIEW used AS SELECT d.id FROM device d JOIN device_use u ON u.device = d.name;
CREATE TRIGGER noted AFTER INSERT ON device_use BEGIN INSERT INTO "odd ""name" VALUES (new.id); END;
CREATE TRIGGER through INSTEAD OF INSERT ON used BEGIN INSERT INTO device (id, name) VALUES (new.id, 'd'); END;
INSERT INTO device (name) VALUES ('ward');
INSERT INTO device_use VALUES ('u', 'ward');`

// parts are the tables, indexes, views and triggers of a file.
func parts(t *testing.T, s *embedded.Store) (found []string) {
	t.Helper()
	if err := s.File().Read(t.Context(), func(tx *sqlite.Tx) error {
		_, err := tx.Do(t.Context(), `SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT IN ('sqlite_sequence') ORDER BY 1`, nil, func(r sqlite.Row) error {
			found = append(found, "")
			return r.Scan(&found[len(found)-1])
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// entered is who takes part in what, as it is written.
func entered(t *testing.T, s *embedded.Store) (found []string) {
	t.Helper()
	if err := s.File().Read(t.Context(), func(tx *sqlite.Tx) error {
		_, err := tx.Do(t.Context(), `SELECT client_id || ' ' || session_id FROM session_client ORDER BY 1`, nil, func(r sqlite.Row) error {
			found = append(found, "")
			return r.Scan(&found[len(found)-1])
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// TestUpgradeAfterARollback: the program of version 2 had the file of a later one, in which it
// knew some of the tables, and people signed in there. They stay so, and are all that is listed.
func TestUpgradeAfterARollback(t *testing.T) {
	fresh := open(t, filepath.Join(t.TempDir(), "e.db"))
	whole := parts(t, fresh)
	if err := fresh.Close(); err != nil {
		t.Fatal(err)
	}
	session := func(id string, clients ...string) storage.Session {
		return storage.Session{
			ID: id, PersonID: "p", IdleLimit: time.Hour, CreatedAt: now, LastActivity: now,
			Deadline: now.Add(time.Hour), AbsoluteDeadline: now.Add(2 * time.Hour), Clients: clients,
		}
	}
	for name, left := range map[string]string{"of this version": "", "of a version to come": later} {
		t.Run(name, func(t *testing.T) {
			ctx, path := t.Context(), filepath.Join(t.TempDir(), "e.db")
			s := open(t, path)
			for _, one := range []storage.Session{session("gone", "portal"), session("back", "portal", "billing")} {
				if err := s.Sessions().Create(ctx, one); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			before(t, path, 2, session("back", "chart"), session("other", "portal", "chart"), session("plain"))
			raw(t, path, func(tx *sqlite.Tx) error { return tx.Script(left) })
			s = open(t, path)
			defer func() { _ = s.Close() }()
			if got := parts(t, s); !slices.Equal(got, whole) {
				t.Errorf("the file has %q, want %q", got, whole)
			}
			if got := entered(t, s); !slices.Equal(got, []string{"chart back", "chart other", "portal other"}) {
				t.Errorf("entered: %q", got)
			}
			for client, want := range map[string][]string{"": {"back", "other", "plain"}, "portal": {"other"}, "chart": {"back", "other"}, "billing": nil} {
				found, _, err := s.Sessions().Page(ctx, client, storage.SessionPlace{}, now, 10)
				var got []string
				for _, one := range found {
					got = append(got, one.ID)
				}
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("the list of %q: %q, want %q (%v)", client, got, want, err)
				}
			}
			if n, err := s.Sessions().Remove(ctx, "back", "other", "plain"); err != nil || n != 3 {
				t.Errorf("%d removed, want 3 (%v)", n, err)
			}
			if got := entered(t, s); len(got) != 0 {
				t.Errorf("entered when all are gone: %q", got)
			}
		})
	}
}

// TestFileOfAnotherVersion is emptied: nobody knows what is in it. Nothing of it is left, also
// where it was of a version to come.
func TestFileOfAnotherVersion(t *testing.T) {
	fresh := open(t, filepath.Join(t.TempDir(), "e.db"))
	whole := parts(t, fresh)
	if err := fresh.Close(); err != nil {
		t.Fatal(err)
	}
	for _, version := range []int{0, 1, 99} {
		path := filepath.Join(t.TempDir(), "e.db")
		before(t, path, version, storage.Session{ID: "s", Deadline: now.Add(time.Hour), AbsoluteDeadline: now.Add(time.Hour)})
		if version == 99 {
			raw(t, path, func(tx *sqlite.Tx) error { return tx.Script(later) })
		}
		s := open(t, path)
		if n, err := s.Sessions().Count(t.Context()); err != nil || n != 0 {
			t.Errorf("version %d: %d sessions (%v)", version, n, err)
		}
		if got := parts(t, s); !slices.Equal(got, whole) {
			t.Errorf("version %d: the file has %q, want %q", version, got, whole)
		}
		if err := s.Sessions().Create(t.Context(), storage.Session{ID: "s", Clients: []string{"portal"}, Deadline: now, AbsoluteDeadline: now}); err != nil {
			t.Errorf("version %d: %v", version, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFileThatAnotherProcessHas: a command of another version than that of the server leaves
// the server's file as it is.
func TestFileThatAnotherProcessHas(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	path, socket := filepath.Join(dir, "e.db"), filepath.Join(dir, "e.sock")
	s := open(t, path)
	defer func() { _ = s.Close() }()
	if err := s.Sessions().Create(ctx, storage.Session{ID: "s", Clients: []string{"portal"}, Deadline: now.Add(time.Hour), AbsoluteDeadline: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	l, err := sqlite.Listen(ctx, socket)
	if err != nil {
		t.Fatal(err)
	}
	sharing, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		share := &sqlite.Share{Files: map[string]*sqlite.File{"e.db": s.File()}, Log: slog.New(slog.DiscardHandler)}
		done <- share.Run(sharing, l)
	}()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	whole := parts(t, s)
	for _, version := range []int{1, 2, 99} {
		if err := s.File().Write(ctx, func(tx *sqlite.Tx) error { return tx.Script(fmt.Sprintf(`PRAGMA user_version = %d`, version)) }); err != nil {
			t.Fatal(err)
		}
		if other, err := embedded.Open(ctx, embedded.Options{Path: path, Key: bytes.Repeat([]byte{9}, 32), Socket: socket}); err == nil {
			_ = other.Close()
			t.Errorf("version %d: a command had it", version)
		}
		if got := parts(t, s); !slices.Equal(got, whole) {
			t.Errorf("version %d: the file has %q, want %q", version, got, whole)
		}
	}
	if got := entered(t, s); !slices.Equal(got, []string{"portal s"}) {
		t.Errorf("entered: %q", got)
	}
	if _, err := s.Sessions().Get(ctx, "s", now); err != nil {
		t.Error(err)
	}
}
