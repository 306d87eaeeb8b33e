package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// contents reads all files of a directory but the lock.
func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".lock") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[e.Name()] = data
	}
	return found
}

// crashed copies the files of an open store elsewhere, as a crash at this
// moment would leave them, and returns the path of the copy.
func crashed(t *testing.T, path string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range contents(t, filepath.Dir(path)) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, filepath.Base(path))
}

func write(t *testing.T, s storage.Store, text string) {
	t.Helper()
	ctx := t.Context()
	if err := s.Tx(ctx, func(tx storage.Tx) error {
		_, err := tx.Settings().PutOnce(ctx, "setting-"+text, []byte("value-"+text))
		return errors.Join(err,
			tx.People().Insert(ctx, storage.Person{ID: "id-" + text, Subject: "sub-" + text, UserIDIndex: []byte("uid-" + text), Profile: []byte("profile-" + text)}),
			tx.Passwords().Insert(ctx, storage.Password{PersonID: "id-" + text, Verifier: []byte("verifier-" + text)}),
			tx.Grants().Insert(ctx, storage.Grant{ID: "grant-" + text, ClientID: "client-" + text}),
			tx.Audit().Append(ctx, storage.AuditEvent{ID: "event-" + text, Body: bytes.Repeat([]byte("body-"+text), 1000)}))
	}); err != nil {
		t.Fatal(err)
	}
}

func has(t *testing.T, s storage.Store, text string) {
	t.Helper()
	if err := s.View(t.Context(), func(tx storage.Tx) error {
		_, err := tx.People().Get(t.Context(), "id-"+text)
		return err
	}); err != nil {
		t.Errorf("%s: %v", text, err)
	}
}

func TestNothingIsReadableWithoutTheKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	s := open(t, path)
	const sentinel = "Sentinel0815"
	write(t, s, sentinel)
	look := func(when string) {
		files := contents(t, filepath.Dir(path))
		for name, data := range files {
			for _, text := range []string{sentinel, "SQLite", "CREATE", "person"} {
				if bytes.Contains(data, []byte(text)) {
					t.Errorf("%s: %s holds %q in the clear", when, name, text)
				}
			}
		}
		if when == "open" && len(files["d.db-wal"]) == 0 {
			t.Errorf("there is no write-ahead log among %v", slices.Sorted(maps.Keys(files)))
		}
	}
	look("open")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	look("closed")
	if files := contents(t, filepath.Dir(path)); len(files) != 1 {
		t.Errorf("left behind: %v", slices.Sorted(maps.Keys(files)))
	}
}

func TestOnlyTheOwnerMayRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	write(t, open(t, path), "x")
	for _, suffix := range []string{"", "-wal", ".lock"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", info.Name(), info.Mode())
		}
	}
}

// refused checks that the file is refused with ErrWrongKey, and that nothing
// changed in its directory.
func refused(t *testing.T, path string, key []byte) {
	t.Helper()
	before := contents(t, filepath.Dir(path))
	o := options(path)
	o.Key = key
	s, err := sqlite.Open(t.Context(), o)
	if err == nil {
		_ = s.Close()
	}
	if !errors.Is(err, storage.ErrWrongKey) {
		t.Errorf("error = %v, want ErrWrongKey", err)
	}
	after := contents(t, filepath.Dir(path))
	delete(after, filepath.Base(path)+"-shm") // an index, made again on every opening
	delete(before, filepath.Base(path)+"-shm")
	if !maps.EqualFunc(before, after, bytes.Equal) {
		t.Errorf("the directory changed: %v, was %v", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
	}
}

func TestWrongKeyHarmsNothing(t *testing.T) {
	wrong := bytes.Repeat([]byte{8}, 32)
	path := filepath.Join(t.TempDir(), "d.db")
	s := open(t, path)
	write(t, s, "first")
	t.Run("after a crash", func(t *testing.T) {
		// What was committed last stands only in the write-ahead log.
		left := crashed(t, path)
		refused(t, left, wrong)
		has(t, open(t, left), "first")
	})
	t.Run("after a stop", func(t *testing.T) {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		refused(t, path, wrong)
		has(t, open(t, path), "first")
	})
}

func TestNotADatabase(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain.db")
	c, err := sqlite3.Open(plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Exec(`CREATE TABLE t (x); INSERT INTO t VALUES (1)`), c.Close()); err != nil {
		t.Fatal(err)
	}
	unencrypted, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"empty":       {},
		"text":        []byte("hello world\n"),
		"page":        bytes.Repeat([]byte("x"), 4096),
		"pages":       bytes.Repeat([]byte("y"), 40960),
		"zeros":       make([]byte, 8192),
		"unencrypted": unencrypted,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "d.db")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, path, key)
		})
	}
}

func TestDamageIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	s := open(t, path)
	write(t, s, "x")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// readAll opens the store and reads each of its pages.
	readAll := func() error {
		f, err := sqlite.OpenFile(t.Context(), sqlite.FileOptions{Path: path, Key: key})
		if err != nil {
			return err
		}
		err = f.Read(t.Context(), func(tx *sqlite.Tx) error {
			var problem string
			_, err := tx.Do(t.Context(), `PRAGMA integrity_check`, nil, func(r sqlite.Row) error { return r.Scan(&problem) })
			if err == nil && problem != "ok" {
				err = errors.New(problem)
			}
			return err
		})
		if e := f.Read(t.Context(), func(tx *sqlite.Tx) error {
			var body []byte
			_, err := tx.Do(t.Context(), `SELECT body FROM audit_event`, nil, func(r sqlite.Row) error { return r.Scan(&body) })
			if err == nil && !bytes.Equal(body, bytes.Repeat([]byte("body-x"), 1000)) {
				t.Error("noise was taken for a record")
			}
			return err
		}); e != nil && err == nil {
			t.Errorf("an error of reading that the check did not see: %v", e)
		}
		return errors.Join(err, f.Close())
	}
	if err := readAll(); err != nil {
		t.Fatalf("undamaged: %v", err)
	}
	for at := 100; at < len(whole); at += 4096 {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := readAll(); err == nil {
			t.Errorf("one bit of page %d was flipped, and nobody noticed", at/4096+1)
		} else if errors.Is(err, storage.ErrUnavailable) {
			t.Errorf("page %d: %v; trying again would not help", at/4096+1, err)
		}
	}
}

func TestLogWithoutItsDatabaseIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	s := open(t, path)
	write(t, s, "x")
	left := crashed(t, path)
	if err := os.Rename(left, left+".aside"); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), options(left)); err == nil {
		t.Error("a new database was made beside the log of another")
	}
	if err := os.Rename(left+".aside", left); err != nil {
		t.Fatal(err)
	}
	has(t, open(t, left), "x")
}

func TestHalfMadeFileIsMadeAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	for _, suffix := range []string{".new", ".new-journal", ".new-wal"} {
		if err := os.WriteFile(path+suffix, []byte("left by a crash"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, path)
	write(t, s, "x")
	has(t, s, "x")
}

func TestOneProcessHasTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	s := open(t, path)
	if _, err := sqlite.Open(t.Context(), options(path)); !errors.Is(err, storage.ErrInUse) {
		t.Errorf("second Open: %v, want ErrInUse", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, path).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPathsThatMeanSomethingElsewhere(t *testing.T) {
	for _, name := range []string{"a b.db", "what?.db", "a#b.db", "100%41.db", "a&vfs=unix.db", "a+b=c.db", "ü.db", "-x.db"} {
		path := filepath.Join(t.TempDir(), name)
		write(t, open(t, path), "x")
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenFailsInWords(t *testing.T) {
	if _, err := sqlite.Open(t.Context(), options(filepath.Join(t.TempDir(), "none", "d.db"))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	o := options(filepath.Join(t.TempDir(), "d.db"))
	o.Key = key[:31]
	if _, err := sqlite.Open(t.Context(), o); err == nil {
		t.Error("a short key was taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sqlite.Open(ctx, options(filepath.Join(t.TempDir(), "d.db"))); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestWhatTheDatabaseTookBackStaysSo: when the database itself gives up a
// transaction, as it may when the disk is full, what follows in it must not
// commit by itself.
func TestWhatTheDatabaseTookBackStaysSo(t *testing.T) {
	f, err := sqlite.OpenFile(t.Context(), sqlite.FileOptions{Path: filepath.Join(t.TempDir(), "d.db"), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	err = f.Write(t.Context(), func(tx *sqlite.Tx) error {
		if err := tx.Script(`CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES (1)`); err != nil {
			return err
		}
		if _, err := tx.Do(t.Context(), `INSERT OR ROLLBACK INTO t VALUES (1)`, nil, nil); !errors.Is(err, storage.ErrConflict) {
			t.Errorf("second row: %v", err)
		}
		if _, err := tx.Do(t.Context(), `CREATE TABLE u (x)`, nil, nil); err == nil {
			t.Error("a statement succeeded after the transaction was taken back")
		}
		return nil
	})
	if err == nil {
		t.Error("the commit succeeded")
	}
	if n := tables(t, f); n != 0 {
		t.Errorf("%d tables are left", n)
	}
}

func TestEndlessWriteIsInterrupted(t *testing.T) {
	f, err := sqlite.OpenFile(t.Context(), sqlite.FileOptions{Path: filepath.Join(t.TempDir(), "d.db"), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := f.Write(ctx, func(tx *sqlite.Tx) error {
		if err := tx.Script(`CREATE TABLE t (x)`); err != nil {
			return err
		}
		_, err := tx.Do(ctx, `INSERT INTO t WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n`, nil, nil)
		return err
	}); !errors.Is(err, storage.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("endless insert: %v", err)
	}
	if n := tables(t, f); n != 0 {
		t.Errorf("%d tables are left", n)
	}
}

func tables(t *testing.T, f *sqlite.File) (n int64) {
	t.Helper()
	if err := f.Read(t.Context(), func(tx *sqlite.Tx) error {
		_, err := tx.Do(t.Context(), `SELECT count(*) FROM sqlite_schema`, nil, func(r sqlite.Row) error { return r.Scan(&n) })
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}
