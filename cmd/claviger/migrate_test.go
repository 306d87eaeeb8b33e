package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage/sqlite"
	"github.com/claviger-id/claviger/storage/sqlstore"
)

// TestMigrate brings a database that lacks a step to this version.
func TestMigrate(t *testing.T) {
	dir := t.TempDir()
	root := secret.NewRoot()
	if err := os.WriteFile(filepath.Join(dir, rootKeyFile), []byte(root.Text()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := sqlstore.Migrations("BLOB")
	if err != nil {
		t.Fatal(err)
	}
	f, err := sqlite.OpenFile(t.Context(), sqlite.FileOptions{Path: filepath.Join(dir, durableFile), Key: root.FileKey(durableFile)})
	if err != nil {
		t.Fatal(err)
	}
	last := all[len(all)-1]
	if err := f.Write(t.Context(), func(tx *sqlite.Tx) error {
		if err := tx.Script(sqlstore.VersionTable); err != nil {
			return err
		}
		for _, m := range all[:len(all)-1] {
			if err := tx.Script(m.SQL); err != nil {
				return err
			}
			if err := tx.Later(context.Background(), `INSERT INTO schema_version (number, name, applied_at) VALUES ($1, $2, 0)`, m.Number, m.Name); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	says := func(want string, args ...string) {
		t.Helper()
		if code, out, stderr := runIn(t, append(args, "--data", dir)...); code != exitOK || !strings.Contains(out, want) {
			t.Errorf("%v: exit code %d, %q, %s", args, code, out, stderr)
		}
	}
	if code, _, stderr := runIn(t, "client", "list", "--data", dir); code != exitFailed || !strings.Contains(stderr, "claviger migrate up") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	says(last.Name, "migrate", "status")
	says(last.SQL, "migrate", "up", "--dry-run")
	says(last.Name, "migrate", "status") // nothing happened
	says("took 1 step\n", "migrate", "up")
	says("none\n", "migrate", "status")
	says("[]\n", "migrate", "status", "--json")
	says("the schema is that of this version\n", "migrate", "up")
	says("installation.migrated", "audit", "list", "--kind", "installation.migrated")
	if code, _, stderr := runIn(t, "migrate", "status", "--data", t.TempDir()); code != exitFailed || stderr == "" {
		t.Errorf("nowhere: exit code %d, %s", code, stderr)
	}
}
