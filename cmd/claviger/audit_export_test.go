package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage/sqlite"
)

// TestAlteredLogIsHandedOut: a log that somebody has altered gets no new signature, and is
// handed out all the same, up to what was signed before.
func TestAlteredLogIsHandedOut(t *testing.T) {
	data := t.TempDir()
	for _, args := range [][]string{{"org", "create", "--name", "Hill"}, {"audit", "export"}} {
		if code, _, complaint := runIn(t, append([]string{"--data", data}, args...)...); code != exitOK {
			t.Fatalf("%v: %d %s", args, code, complaint)
		}
	}
	p := &program{dataDir: data, stderr: os.Stderr, now: time.Now}
	in, err := p.open(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.close(); err != nil {
		t.Fatal(err)
	}
	f, err := sqlite.OpenFile(t.Context(), sqlite.FileOptions{Path: filepath.Join(data, durableFile), Key: in.root.FileKey(durableFile)})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(t.Context(), func(tx *sqlite.Tx) error {
		_, err := tx.Do(t.Context(), `UPDATE audit_hash SET hash = zeroblob(32)`, nil, nil)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	_, _, _ = runIn(t, "--data", data, "org", "create", "--name", "Cove") // something to sign
	for range 2 {
		code, out, complaint := runIn(t, "--data", data, "audit", "export")
		if code != exitFailed || strings.Count(complaint, "it was altered, and no checkpoint is signed") != 1 {
			t.Errorf("%d %s", code, complaint)
		}
		if strings.Count(out, `"organization.created"`) != 1 || !strings.HasPrefix(out, `{"log":`) {
			t.Errorf("handed out:\n%s", out)
		}
	}
	if _, out, _ := runIn(t, "--data", data, "audit", "list", "--kind", "audit.exported", "--json"); strings.Count(out, `"kind":"audit.exported"`) != 3 {
		t.Errorf("recorded: %s", out)
	}
	code, _, complaint := runIn(t, "--data", data, "audit", "verify")
	if code != exitFailed || !strings.Contains(complaint, "the audit log was changed") {
		t.Errorf("verified: %d %s", code, complaint)
	}
}
