package sqlite_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

var nextKey = bytes.Repeat([]byte{9}, 32)

func underKey(path string, key []byte) sqlite.Options {
	o := options(path)
	o.Key = key
	return o
}

// opens says whether the file opens with a key; nothing but a wrong key is
// accepted as the reason why not.
func opens(t *testing.T, path string, key []byte) bool {
	t.Helper()
	s, err := sqlite.Open(t.Context(), underKey(path, key))
	if errors.Is(err, storage.ErrWrongKey) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return true
}

func TestRekey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?.db")
	s := open(t, path)
	write(t, s, "first")
	o := sqlite.FileOptions{Path: path, Key: key}
	if _, err := sqlite.Rekey(t.Context(), o, nextKey, nil); !errors.Is(err, storage.ErrInUse) {
		t.Fatalf("an open file: %v, want ErrInUse", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Rekey(t.Context(), sqlite.FileOptions{Path: path, Key: nextKey}, key, nil); !errors.Is(err, storage.ErrWrongKey) {
		t.Fatalf("with another key: %v, want ErrWrongKey", err)
	}

	// Given up: the file is as it was, and nothing lies beside it.
	r, err := sqlite.Rekey(t.Context(), o, nextKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), options(path)); !errors.Is(err, storage.ErrInUse) {
		t.Errorf("another process meanwhile: %v, want ErrInUse", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if !opens(t, path, key) || opens(t, path, nextKey) {
		t.Fatal("a change that was given up changed the key")
	}

	// Carried through, with a change that is in the copy only.
	left := -1
	if r, err = sqlite.Rekey(t.Context(), o, nextKey, func(done, all int) { left = all - done }); err != nil {
		t.Fatal(err)
	}
	staged, err := sqlite.Open(t.Context(), underKey(r.Path(), nextKey))
	if err != nil {
		t.Fatal(err)
	}
	write(t, staged, "second")
	if err := r.Commit(); err == nil {
		t.Fatal("a copy was committed that is open")
	}
	if err := errors.Join(staged.Close(), r.Commit(), r.Close()); err != nil {
		t.Fatal(err)
	}
	if left != 0 {
		t.Errorf("%d pages were left at the end", left)
	}
	if opens(t, path, key) || !opens(t, path, nextKey) {
		t.Fatal("the key is not the new one")
	}
	if s, err = sqlite.Open(t.Context(), underKey(path, nextKey)); err != nil {
		t.Fatal(err)
	}
	has(t, s, "first")
	has(t, s, "second")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if files := contents(t, filepath.Dir(path)); len(files) != 1 {
		t.Errorf("left behind: %v", slices.Sorted(maps.Keys(files)))
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// TestRekeyKeepsChecksums: a damaged copy is noticed as a damaged file is.
func TestRekeyKeepsChecksums(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	s := open(t, path)
	write(t, s, "x")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rekey(t, path, key, nextKey)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 4096 + 100; at < len(whole); at += 4096 {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := sqlite.Rekey(t.Context(), sqlite.FileOptions{Path: path, Key: nextKey}, key, nil)
		if err == nil {
			_ = r.Close()
			t.Errorf("one bit of page %d was flipped, and it was copied", at/4096+1)
		}
	}
}

func rekey(t *testing.T, path string, from, to []byte) {
	t.Helper()
	r, err := sqlite.Rekey(t.Context(), sqlite.FileOptions{Path: path, Key: from}, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Commit(), r.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestRekeyRefuses shows that no error names a key.
func TestRekeyRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	if _, err := sqlite.Rekey(t.Context(), sqlite.FileOptions{Path: path, Key: key}, nextKey, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Rekey(t.Context(), sqlite.FileOptions{Path: path, Key: key}, nextKey[:31], nil); err == nil {
		t.Error("a short key was taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sqlite.Rekey(ctx, sqlite.FileOptions{Path: path, Key: key}, nextKey, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// Where the copy should be there is something that cannot be removed.
	if err := os.MkdirAll(path+".rekeyed/x", 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := sqlite.Rekey(t.Context(), sqlite.FileOptions{Path: path, Key: key}, nextKey, nil)
	if err == nil || strings.Contains(err.Error(), "0909") {
		t.Errorf("no place for the copy: %v", err)
	}
}

const rekeyVariable = "CLAVIGER_TEST_SQLITE_REKEY"

// rekeyBySteps changes the keys of two files, the second of which follows the
// first, and stops after each step until it is told to go on.
func rekeyBySteps(dir string) error {
	ctx := context.Background()
	first, err := sqlite.Rekey(ctx, sqlite.FileOptions{Path: filepath.Join(dir, "d.db"), Key: key}, nextKey, nil)
	if err != nil {
		return err
	}
	second, err := sqlite.Rekey(ctx, sqlite.FileOptions{Path: filepath.Join(dir, "e.db"), Key: key}, nextKey, nil)
	if err != nil {
		return err
	}
	staged, err := sqlite.Open(ctx, underKey(first.Path(), nextKey))
	if err != nil {
		return err
	}
	in := bufio.NewReader(os.Stdin)
	for _, step := range []func() error{
		func() error { return nil },
		func() error {
			return staged.Tx(ctx, func(tx storage.Tx) error {
				_, err := tx.Settings().PutOnce(ctx, "changed", []byte("x"))
				return err
			})
		},
		staged.Close, first.Commit, second.Commit,
	} {
		if err := step(); err != nil {
			return err
		}
		fmt.Println("done")
		if _, err := in.ReadString('\n'); err != nil {
			return err
		}
	}
	return errors.Join(second.Close(), first.Close())
}

// TestKilledWhileTheKeyChanges kills the process that changes the key after each
// of its steps. The file opens with exactly one of the two keys, and the file
// that follows it with the same one.
func TestKilledWhileTheKeyChanges(t *testing.T) {
	for after, changed := range []bool{false, false, false, true, true} {
		dir := t.TempDir()
		for _, name := range []string{"d.db", "e.db"} {
			s := open(t, filepath.Join(dir, name))
			write(t, s, name)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), rekeyVariable+"="+dir)
		child.Stderr = os.Stderr
		in, err := child.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for step := range after + 1 {
			if step > 0 {
				if _, err := io.WriteString(in, "\n"); err != nil {
					t.Fatal(err)
				}
			}
			if !lines.Scan() {
				t.Fatalf("it ended after %d steps", step)
			}
		}
		_ = child.Process.Kill()
		_ = child.Wait()

		works, not := key, nextKey
		if changed {
			works, not = nextKey, key
		}
		if opens(t, filepath.Join(dir, "d.db"), not) || !opens(t, filepath.Join(dir, "d.db"), works) {
			t.Errorf("killed after step %d: the wrong one of the two keys opens it", after)
			continue
		}
		// The second is opened once the first was, with the same key.
		f, err := sqlite.OpenFile(t.Context(), sqlite.FileOptions{Path: filepath.Join(dir, "e.db"), Key: works, Follows: true})
		if err != nil {
			t.Errorf("killed after step %d: the file that follows: %v", after, err)
			continue
		}
		if tables(t, f) == 0 {
			t.Errorf("killed after step %d: the file that follows is empty", after)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if files := contents(t, dir); len(files) != 2 {
			t.Errorf("killed after step %d: left behind: %v", after, slices.Sorted(maps.Keys(files)))
		}
	}
}
