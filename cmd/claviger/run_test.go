package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// runIn runs the program and returns its exit code and what it wrote.
func runIn(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, diagnostics bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &out, &diagnostics)
	return code, out.String(), diagnostics.String()
}

func TestExitCodes(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.toml")
	if err := os.WriteFile(bad, []byte("colour = \"blue\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if code, _, stderr := runIn(t, "--data", dir, "client", "register", "--id", "a", "--redirect-uri", "https://a.example/cb", "--public"); code != exitOK {
		t.Fatal(stderr)
	}
	for name, test := range map[string]struct {
		args []string
		want int
	}{
		"help":             {[]string{"--help"}, exitOK},
		"version":          {[]string{"version"}, exitOK},
		"unknown command":  {[]string{"fly"}, exitUsage},
		"unknown flag":     {[]string{"serve", "--wings"}, exitUsage},
		"missing argument": {[]string{"enroll", "import"}, exitUsage},
		"missing flag":     {[]string{"person", "close", "jsmith"}, exitUsage},
		"none of flags":    {[]string{"password", "reissue", "jsmith"}, exitUsage},
		"flags that clash": {[]string{"enroll", "import", "r.csv", "--letters", "d", "--deliver", "mail"}, exitUsage},
		"configuration":    {[]string{"serve", "--config", bad}, exitUsage},
		"no configuration": {[]string{"serve", "--config", bad + ".none"}, exitUsage},
		"wrong value":      {[]string{"--data", dir, "enroll", "submit", "--npi", "123"}, exitUsage},
		"wrong reason":     {[]string{"--data", dir, "enroll", "reject", "x", "--reason", "because"}, exitUsage},
		"nobody":           {[]string{"--data", dir, "person", "show", "nobody"}, exitFailed},
		"no application":   {[]string{"--data", dir, "enroll", "approve", "x"}, exitFailed},
		"a taken file":     {[]string{"--data", dir, "admin", "bootstrap", "--key-out", bad}, exitFailed},
		"a wrong document": {[]string{"--data", dir, "client", "register", "--file", bad}, exitFailed},
		"a wrong redirect": {[]string{"--data", dir, "client", "register", "--public", "--id", "b", "--redirect-uri", "b"}, exitUsage},
		"no roster":        {[]string{"--data", dir, "enroll", "import", bad + ".none"}, exitFailed},
		"no roster at all": {[]string{"--data", dir, "enroll", "import", bad}, exitFailed},
		"no such role":     {[]string{"--data", dir, "admin", "grant", "--client", "a", "--role", "king", "--reason", "x"}, exitUsage},
		"not shown":        {[]string{"--data", dir, "person", "reset", "jsmith", "--proof", "in_person", "--reason", "x", "--show"}, exitUsage},
		"no installation":  {[]string{"audit", "verify", "--data", t.TempDir()}, exitFailed},
	} {
		if code, _, stderr := runIn(t, test.args...); code != test.want || (code != exitOK) != strings.HasPrefix(stderr, "claviger: ") {
			t.Errorf("%s: exit code %d, want %d; stderr %q", name, code, test.want, stderr)
		}
	}
}

func TestADatabaseNewerThanTheProgramIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	if code, _, stderr := runIn(t, "--data", dir, "client", "register", "--id", "a", "--redirect-uri", "https://a.example/cb", "--public"); code != exitOK {
		t.Fatal(stderr)
	}
	text, err := os.ReadFile(filepath.Join(dir, rootKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	root, err := secret.ParseRoot(string(text))
	if err != nil {
		t.Fatal(err)
	}
	f, err := sqlite.OpenFile(t.Context(), sqlite.FileOptions{Path: filepath.Join(dir, durableFile), Key: root.FileKey(durableFile)})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(t.Context(), func(tx *sqlite.Tx) error {
		return tx.Later(context.Background(), `INSERT INTO schema_version (number, name, applied_at) VALUES (999, 'future', 0)`)
	}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve"}, {"client", "list"}} {
		code, _, stderr := runIn(t, append(args, "--data", dir)...)
		if code != exitFailed || !strings.Contains(stderr, "was written by a newer claviger") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit code %d, stderr %q", args, code, stderr)
		}
	}
}
