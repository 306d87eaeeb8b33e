package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/storage/teststores"
)

// TestSmoke runs every part on every combination of stores with a handful of
// requests each: the benchmark works, whatever its figures are. The reference
// needs a program of its own, so the benchmark is built and started.
func TestSmoke(t *testing.T) {
	teststores.Given(t, teststores.Postgres)
	teststores.Given(t, teststores.Redis)
	program := filepath.Join(t.TempDir(), "claviger-bench")
	if text, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var out, diagnostics bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, "-form", "smoke", "-source", "../..")
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, &out, &diagnostics)
	}
	for _, backend := range []string{backendEmbedded, backendServers} {
		for _, work := range []string{
			"client_credentials, ES256 JWT", "JWKS", "discovery", "introspection of a JWT", "refresh", "code flow with a session",
			"password sign-in", "start to ready, 20 people", "idle RSS",
		} {
			if !strings.Contains(out.String(), "| "+work+" | "+backend+" |") {
				t.Errorf("nothing is said of %s on %s", work, backend)
			}
		}
		if !strings.Contains(out.String(), "| "+backend+" | 60 |") || strings.Count(out.String(), "| "+backend+" |") < 12 {
			t.Errorf("nothing is said of live sessions or of their ends on %s", backend)
		}
		for _, list := range []string{"people", "roster of an organization", "who has not accepted", "sessions of everyone", "mails, bounced", "logout ledger", "jobs", "audit log by a rare actor", "SCIM users", "SCIM users by startIndex", "SCIM groups without members"} {
			if !strings.Contains(out.String(), "\n| "+list+" | "+backend+" |") {
				t.Errorf("nothing is said of the list %s on %s", list, backend)
			}
		}
		if !strings.Contains(out.String(), "\n| "+backend+" | 2500 |") {
			t.Errorf("nothing is said of an import on %s", backend)
		}
		for _, work := range growing {
			if !strings.Contains(out.String(), "| "+work+" | "+backend+" | 40 | 40 |") {
				t.Errorf("nothing is said of %s with more people on %s", work, backend)
			}
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}
