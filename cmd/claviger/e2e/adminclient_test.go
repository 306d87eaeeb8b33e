package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGeneratedClient generates a client from the document of the admin API, checks a
// scenario against its types, and plays that against a real server: from the first
// operator to the export of the audit log.
func TestGeneratedClient(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("node/node_modules/openapi-typescript"); err != nil {
		t.Fatalf("the generator is not installed (%v): run the tests with make test or make e2e", err)
	}
	relay, smtpPort := newRelay(t)
	in := newInstallation(t, "embedded", map[string]string{
		"mail.host": quote("localhost"), "mail.port": smtpPort, "mail.from": quote("id@example.org"), "mail.insecure_plaintext": "true",
	})
	keyFile := filepath.Join(in.dir, "admin-key.json")
	in.serve().stop() // it makes the installation
	in.claviger("admin", "bootstrap", "--key-out", keyFile)
	in.serve()
	key, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}

	document := in.adminDocument()
	file := filepath.Join(in.dir, "openapi.json")
	if err := os.WriteFile(file, document, 0o600); err != nil {
		t.Fatal(err)
	}
	node := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), "node", args...)
		cmd.Dir = "node"
		return cmd
	}
	if out, err := node("node_modules/openapi-typescript/bin/cli.js", file, "--output", "node_modules/.claviger/schema.d.ts").CombinedOutput(); err != nil {
		t.Fatalf("generating: %v\n%s", err, out)
	}
	if out, err := node("node_modules/typescript/bin/tsc", "--project", ".").CombinedOutput(); err != nil {
		t.Fatalf("the scenario does not fit the document: %v\n%s", err, out)
	}

	var d struct {
		Components struct {
			SecuritySchemes map[string]struct {
				Flows struct {
					ClientCredentials struct{ Scopes map[string]string }
				}
			}
		}
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	var scopes []string
	for scope := range d.Components.SecuritySchemes["oauth"].Flows.ClientCredentials.Scopes {
		scopes = append(scopes, scope)
	}
	play := node("--dns-result-order=ipv4first", "operator.mjs")
	play.Stderr = os.Stderr
	input, err := play.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := play.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := play.Start(); err != nil {
		t.Fatal(err)
	}
	say := json.NewEncoder(input)
	if err := say.Encode(map[string]any{
		"issuer": in.issuer, "admin": "http://" + in.admin, "key": json.RawMessage(key), "scopes": strings.Join(scopes, " "),
		"redirect_uri": redirectTo, "personal": personal,
	}); err != nil {
		t.Fatal(err)
	}
	var steps []string
	for lines := bufio.NewScanner(output); lines.Scan(); {
		step := lines.Text()
		steps = append(steps, step)
		if step != "letter" {
			continue
		}
		if err := say.Encode(map[string]string{
			"user_id": relay.wait(t, "Your account, part one: the User ID", `\n    (\S+)`),
			"link":    relay.wait(t, "Your account: the temporary password", `\n    (http\S+)`),
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := play.Wait(); err != nil {
		t.Fatalf("%v after %q", err, steps)
	}
	want := "ok bootstrap, ok organization, ok import, ok approval, letter, ok sign-in, ok delegate, ok roster, ok end of sessions, ok findings, ok audit export"
	if got := strings.Join(steps, ", "); got != want {
		t.Errorf("the steps were %s", got)
	}
}
