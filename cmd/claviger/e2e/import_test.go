package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	profiles "github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// importRows is the size of the roster that is killed half-way.
const importRows = 50_000

// TestImportKilled imports a large roster, kills the import with SIGKILL when
// about half of it is done, and resumes it.
func TestImportKilled(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, "embedded", map[string]string{"log.level": quote("info")})
	roster := filepath.Join(in.dir, "roster.csv")
	in.start("roster", "sample", "--rows", fmt.Sprint(importRows), "--seed", "11", "--out", roster)

	killed := in.importing(roster)
	waitUntil(t, 5*time.Minute, func() bool { return strings.Contains(killed.out.String(), " 50 %") || atLeastHalf(killed.out.String()) })
	if err := killed.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := killed.cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the import ended before it was killed: %v\n%s", err, killed.out)
	}
	t.Logf("audit verify after the kill: %s", in.claviger("audit", "verify"))

	begun := time.Now()
	resumed := in.importing(roster, "--resume")
	if err := resumed.cmd.Wait(); err != nil {
		t.Fatalf("resuming: %v\n%s", err, resumed.out)
	}
	took := time.Since(begun)
	if want := fmt.Sprintf("created %d accounts, 0 were known, 0 rows were rejected", importRows); !strings.Contains(resumed.out.String(), want) {
		t.Errorf("it says:\n%s\nwant %q", resumed.out, want)
	}
	usage, ok := resumed.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("no resource usage")
	}
	t.Logf("measured: the second half of %d rows took %.1f s; resident memory at most %d MiB; first half: %s", importRows, took.Seconds(), usage.Maxrss>>10, lastLine(killed.out.String(), "/s"))
	if usage.Maxrss > 110<<10 {
		t.Errorf("%d MiB of memory for an import", usage.Maxrss>>10)
	}
	t.Logf("audit verify: %s", in.claviger("audit", "verify"))
	in.countUserIDs(importRows)
}

// importing is an import under way.
type importing struct {
	cmd *exec.Cmd
	out *lockedBuffer
}

func (in *installation) importing(roster string, extra ...string) *importing {
	in.t.Helper()
	i := &importing{out: &lockedBuffer{}}
	args := append([]string{"enroll", "import", roster, "--config", in.config}, extra...)
	i.cmd = exec.CommandContext(in.t.Context(), filepath.Join(programs, "claviger"), args...)
	i.cmd.Env, i.cmd.Stdout, i.cmd.Stderr = environment(), i.out, i.out
	if err := i.cmd.Start(); err != nil {
		in.t.Fatal(err)
	}
	return i
}

// atLeastHalf reads the newest line of the progress.
func atLeastHalf(out string) bool {
	var percent int
	_, err := fmt.Sscanf(lastLine(out, "%"), "%d", &percent)
	return err == nil && percent >= 45
}

// lastLine is the last line that holds a text.
func lastLine(out, text string) string {
	lines := strings.Split(out, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.Contains(lines[i], text) {
			return strings.TrimSpace(lines[i])
		}
	}
	return ""
}

func waitUntil(t *testing.T, limit time.Duration, done func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("nothing after %v", limit)
}

// countUserIDs opens every profile, and fails unless there are that many User
// IDs and no two are the same.
func (in *installation) countUserIDs(want int) {
	in.t.Helper()
	ctx := context.Background()
	data := filepath.Join(in.dir, "data")
	text, err := os.ReadFile(filepath.Join(data, "root.key"))
	if err != nil {
		in.t.Fatal(err)
	}
	root, err := secret.ParseRoot(string(text))
	if err != nil {
		in.t.Fatal(err)
	}
	f, err := sqlite.OpenFile(ctx, sqlite.FileOptions{Path: filepath.Join(data, "claviger.db"), Key: root.FileKey("claviger.db")})
	if err != nil {
		in.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	seen := make(map[string]bool, want)
	err = f.Read(ctx, func(tx *sqlite.Tx) error {
		var wrapped []byte
		if _, err := tx.Do(ctx, `SELECT value FROM setting WHERE name = 'keyring'`, nil, func(r sqlite.Row) error { return r.Scan(&wrapped) }); err != nil {
			return err
		}
		ring, err := root.OpenKeyring(wrapped)
		if err != nil {
			return err
		}
		people := &profiles.Directory{Keys: ring}
		_, err = tx.Do(ctx, `SELECT id, profile FROM person`, nil, func(r sqlite.Row) error {
			var p storage.Person
			if err := r.Scan(&p.ID, &p.Profile); err != nil {
				return err
			}
			profile, err := people.Open(p)
			if seen[profile.UserID] {
				return fmt.Errorf("two people have the User ID %s", profile.UserID)
			}
			seen[profile.UserID] = true
			return err
		})
		return err
	})
	if err != nil {
		in.t.Fatal(err)
	}
	if len(seen) != want {
		in.t.Errorf("%d people, want %d", len(seen), want)
	}
}
