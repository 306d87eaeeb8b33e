package sqlite_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
	"github.com/claviger-id/claviger/storage/storagetest"
)

// share opens a store whose file is shared, and returns the options with which
// another process attaches to it.
func share(t *testing.T, dir string, idle time.Duration) (*sqlite.Store, sqlite.Options) {
	t.Helper()
	path := filepath.Join(dir, "d.db")
	s := open(t, path)
	o := options(path)
	o.Socket = filepath.Join(dir, "d.sock")
	l, err := sqlite.Listen(t.Context(), o.Socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		sharing := &sqlite.Share{Files: map[string]*sqlite.File{"d.db": s.File()}, Log: slog.New(slog.DiscardHandler), Idle: idle}
		done <- sharing.Run(ctx, l)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s, o
}

func attach(t *testing.T, o sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if !s.File().Attached() {
		t.Fatal("the store has the file to itself")
	}
	return s
}

// A store that is attached keeps every promise of one that has the file.
func TestConformanceAttached(t *testing.T) {
	storagetest.Durable(t, func(t *testing.T) storage.Store {
		_, o := share(t, t.TempDir(), 0)
		return attach(t, o)
	})
}

func count(t *testing.T, s storage.Store) (n int64) {
	t.Helper()
	if err := s.View(t.Context(), func(tx storage.Tx) error {
		states, err := tx.People().Count(t.Context())
		for _, of := range states {
			n += of
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func insert(ctx context.Context, id string) func(storage.Tx) error {
	return func(tx storage.Tx) error {
		return tx.People().Insert(ctx, storage.Person{ID: id, Subject: id, UserIDIndex: []byte(id), NPIIndex: []byte(id), State: storage.PersonActive, Profile: []byte{1}})
	}
}

func TestBothSeeWhatTheOtherWrote(t *testing.T) {
	here, o := share(t, t.TempDir(), 0)
	there := attach(t, o)
	if err := here.Tx(t.Context(), insert(t.Context(), "a")); err != nil {
		t.Fatal(err)
	}
	if err := there.Tx(t.Context(), insert(t.Context(), "b")); err != nil {
		t.Fatal(err)
	}
	if count(t, here) != 2 || count(t, there) != 2 {
		t.Errorf("%d people here, %d there", count(t, here), count(t, there))
	}
	if err := there.Tx(t.Context(), insert(t.Context(), "a")); !errors.Is(err, storage.ErrConflict) {
		t.Errorf("the same again: %v", err)
	}
}

// A process that stops in the middle of a transaction holds up the server for as
// long as it may, and nothing of the transaction is kept.
func TestAProcessThatStandsStillLosesItsTransaction(t *testing.T) {
	here, o := share(t, t.TempDir(), 50*time.Millisecond)
	there := attach(t, o)
	written := false
	err := there.Tx(t.Context(), func(tx storage.Tx) error {
		if err := insert(t.Context(), "a")(tx); err != nil {
			return err
		}
		// The server goes on meanwhile: this waits until it does.
		written = here.Tx(t.Context(), insert(t.Context(), "b")) == nil
		return insert(t.Context(), "c")(tx)
	})
	if !errors.Is(err, storage.ErrUnavailable) || !written {
		t.Errorf("the one that stood still: %v; the server wrote: %v", err, written)
	}
	if n := count(t, here); n != 1 {
		t.Errorf("%d people, want the server's one", n)
	}
}

// TestKilledWhileAttached kills a process between its statements and its commit.
func TestKilledWhileAttached(t *testing.T) {
	here, o := share(t, t.TempDir(), time.Hour)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+o.Path, socketVariable+"="+o.Socket)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
		t.Fatalf("the attached process said nothing: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if err := here.Tx(t.Context(), insert(t.Context(), "b")); err != nil {
		t.Fatal(err)
	}
	if n := count(t, here); n != 1 {
		t.Errorf("%d people, want the server's one", n)
	}
}

// attachAndWait is the process that TestKilledWhileAttached kills.
func attachAndWait(path, socket string) error {
	o := options(path)
	o.Socket = socket
	ctx := context.Background()
	s, err := sqlite.Open(ctx, o)
	if err != nil {
		return err
	}
	return s.Tx(ctx, func(tx storage.Tx) error {
		if err := insert(ctx, "a")(tx); err != nil {
			return err
		}
		fmt.Print("!")
		time.Sleep(time.Hour)
		return nil
	})
}

// Another user is refused even where the rights of the files let them in.
func TestAnotherUserIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root can be somebody else; the rule itself is tested beside the code")
		return
	}
	dir, err := os.MkdirTemp("", "claviger-share-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	here, o := share(t, dir, 0)
	if info, err := os.Stat(o.Socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the socket: %v, %v", info.Mode(), err)
	}
	// The program of the tests, where that user can run it.
	program := filepath.Join(dir, "test")
	text, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, o.Socket, o.Path + ".lock"} {
		if err := os.Chmod(path, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program)
	cmd.Dir = dir
	cmd.Env = []string{childVariable + "=" + o.Path, socketVariable + "=" + o.Socket}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	said, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(said), "only the user of the server, and root, are let in") {
		t.Errorf("another user: %v\n%s", err, said)
	}
	if n := count(t, here); n != 0 {
		t.Errorf("%d people", n)
	}
}

func TestASocketThatWasLeftBehindIsReplaced(t *testing.T) {
	// Longer than an address of a socket can be.
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 120))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, o := share(t, dir, 0)
	attach(t, o)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// The listener of share is still there, as its socket is after kill -9.
	_, o = share(t, dir, 0)
	attach(t, o)
}

// Where the file is in use and nobody shares it, that is said.
func TestInUseWithoutAShare(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	open(t, path)
	o := options(path)
	o.Socket = path + ".sock"
	if _, err := sqlite.Open(t.Context(), o); !errors.Is(err, storage.ErrInUse) {
		t.Errorf("no socket: %v", err)
	}
	l, err := sqlite.Listen(t.Context(), o.Socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), o); !errors.Is(err, storage.ErrInUse) {
		t.Errorf("a socket that was left behind: %v", err)
	}
}

// What is no request ends the connection, and harms nobody.
func TestHostileFrames(t *testing.T) {
	here, o := share(t, t.TempDir(), 0)
	frame := func(v any) []byte {
		text, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
	}
	begin := frame(map[int]any{1: "begin", 2: 1, 3: "d.db", 4: true})
	for name, said := range map[string][]byte{
		"nothing":         nil,
		"noise":           []byte("GET / HTTP/1.1\r\n\r\n"),
		"a huge frame":    {0xff, 0xff, 0xff, 0xff},
		"half a frame":    {0, 0, 1, 0, 1},
		"no map":          frame("begin"),
		"another version": frame(map[int]any{1: "begin", 2: 99, 3: "d.db"}),
		"another file":    frame(map[int]any{1: "begin", 2: 1, 3: "../../etc/passwd"}),
		"no beginning":    frame(map[int]any{1: "do", 5: "SELECT 1"}),
		"an unknown step": append(append([]byte{}, begin...), frame(map[int]any{1: "fly"})...),
		"no SQL":          append(append([]byte{}, begin...), frame(map[int]any{1: "do", 5: "DROP", 7: true})...),
		"a wrong value":   append(append([]byte{}, begin...), frame(map[int]any{1: "do", 5: "SELECT $1", 6: []any{1.5}})...),
		"a lone BEGIN":    append(append([]byte{}, begin...), frame(map[int]any{1: "do", 5: "COMMIT"})...),
	} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("unix", o.Socket)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			if _, err := c.Write(said); err != nil {
				t.Fatal(err)
			}
			if err := c.(*net.UnixConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(c); err != nil && !errors.Is(err, syscall.ECONNRESET) {
				t.Fatal(err)
			}
		})
	}
	if err := here.Tx(t.Context(), insert(t.Context(), "a")); err != nil {
		t.Errorf("the server afterwards: %v", err)
	}
	if n := count(t, attach(t, o)); n != 1 {
		t.Errorf("%d people", n)
	}
}
