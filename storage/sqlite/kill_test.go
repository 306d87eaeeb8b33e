package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

const (
	childVariable  = "CLAVIGER_TEST_SQLITE_CHILD"
	socketVariable = "CLAVIGER_TEST_SQLITE_SOCKET"
)

// TestMain is also the process that TestKilledAtAnyMoment kills, or
// TestKilledWhileAttached, or TestKilledWhileTheKeyChanges.
func TestMain(m *testing.M) {
	if dir := os.Getenv(rekeyVariable); dir != "" {
		fmt.Fprintln(os.Stderr, rekeyBySteps(dir))
		os.Exit(1)
	}
	if path := os.Getenv(childVariable); path != "" {
		if socket := os.Getenv(socketVariable); socket != "" {
			fmt.Fprintln(os.Stderr, attachAndWait(path, socket))
			os.Exit(1)
		}
		fmt.Fprintln(os.Stderr, writeForEver(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver commits one ordinal and one event together, again and again,
// and prints each ordinal once it is committed.
func writeForEver(path string) error {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, options(path))
	if err != nil {
		return err
	}
	for {
		var n int64
		if err := s.Tx(ctx, func(tx storage.Tx) (err error) {
			if n, err = tx.People().NextOrdinal(ctx, []byte("stem")); err != nil {
				return err
			}
			return tx.Audit().Append(ctx, storage.AuditEvent{ID: fmt.Sprintf("%09d", n), Body: make([]byte, 3000)})
		}); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// TestKilledAtAnyMoment kills a writing process with SIGKILL, during the making
// of the file, soon after, and in the middle of checkpoints. The next opening
// needs no repair, and finds everything that was acknowledged.
func TestKilledAtAnyMoment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	var acknowledged int64
	// By time while the file is made, by commits afterwards: however slow the
	// machine is, there is something to lose.
	type moment struct {
		after   time.Duration
		commits int
	}
	for _, at := range []moment{{after: 5}, {after: 10}, {after: 15}, {after: 20}, {after: 30}, {commits: 1}, {commits: 10}, {commits: 60}, {commits: 200}} {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), childVariable+"="+path)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		kill := func() { _ = child.Process.Kill() }
		if at.commits == 0 {
			defer time.AfterFunc(at.after*time.Millisecond, kill).Stop()
		}
		commits := 0
		for lines := bufio.NewScanner(out); lines.Scan(); {
			n, err := strconv.ParseInt(lines.Text(), 10, 64)
			if err != nil {
				break // a line cut short by the kill
			}
			acknowledged = max(acknowledged, n)
			if commits++; commits == at.commits {
				kill()
			}
		}
		_ = child.Wait() // it was killed
		check(t, path, acknowledged)
	}
	if acknowledged < 100 {
		t.Errorf("only %d commits were acknowledged in all; the test shows nothing", acknowledged)
	}
}

func check(t *testing.T, path string, acknowledged int64) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), options(path))
	if err != nil {
		t.Fatalf("after the kill: %v", err)
	}
	if err := s.Tx(t.Context(), func(tx storage.Tx) error {
		next, err := tx.People().NextOrdinal(t.Context(), []byte("stem"))
		if err != nil {
			return err
		}
		events, err := tx.Audit().Pending(t.Context(), 1_000_000)
		if err != nil {
			return err
		}
		if next-1 < acknowledged {
			t.Errorf("%d commits were acknowledged, %d are there", acknowledged, next-1)
		}
		if int64(len(events)) != next-1 {
			t.Errorf("%d events for %d ordinals of the same transactions", len(events), next-1)
		}
		return errBack
	}); !errors.Is(err, errBack) {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

var errBack = errors.New("take it back")
