package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/claviger-id/claviger/"

// allowed is every import of one of our packages by another that may exist.
// Data flows one way, top to bottom; docs/architecture.md shows the same table.
var allowed = map[string][]string{
	// Leaves.
	"storage":        {},
	"oidc/fault":     {},
	"pkg/outbound":   {},
	"pkg/brand":      {},
	"pkg/config":     {"pkg/brand"},
	"pkg/language":   {},
	"pkg/limit":      {},
	"pkg/markdown":   {},
	"pkg/mfa":        {"pkg/secret"},
	"pkg/password":   {"pkg/secret"},
	"pkg/problem":    {},
	"pkg/relying":    {},
	"pkg/request":    {},
	"pkg/rotation":   {},
	"pkg/secret":     {},
	"pkg/telemetry":  {},
	"pkg/worker":     {},
	"pkg/outbox":     {"pkg/secret", "pkg/worker", "storage"},
	"pkg/hashworker": {"pkg/password"},

	// Backends.
	"storage/sqlstore": {"storage"},
	"storage/sqlite":   {"storage", "storage/sqlstore"},
	"storage/postgres": {"storage", "storage/sqlstore"},
	"storage/redis":    {"storage"},
	"storage/embedded": {"storage", "storage/sqlite"},

	// Services.
	"pkg/audit":         {"storage", "pkg/request"},
	"pkg/mail":          {"pkg/audit", "pkg/language", "pkg/outbox", "pkg/person", "storage"},
	"pkg/recovery":      {"pkg/audit", "pkg/limit", "pkg/mail", "pkg/outbox", "pkg/person", "pkg/problem", "pkg/request", "pkg/secret", "storage"},
	"pkg/webhook":       {"pkg/audit", "pkg/outbound", "pkg/outbox", "storage"},
	"pkg/person":        {"storage", "pkg/secret"},
	"pkg/breach":        {"pkg/outbound"},
	"pkg/access":        {"storage", "pkg/audit", "pkg/limit", "pkg/person", "pkg/problem", "pkg/secret", "pkg/worker"},
	"pkg/event":         {"pkg/audit", "pkg/outbound", "pkg/outbox", "pkg/problem", "pkg/secret", "pkg/webhook", "pkg/worker", "storage"},
	"pkg/scim":          {"oidc/dpop", "oidc/fault", "pkg/access", "pkg/audit", "pkg/enroll", "pkg/person", "pkg/problem", "pkg/secret", "pkg/web", "storage"},
	"pkg/operator":      {"storage", "pkg/audit", "pkg/problem"},
	"pkg/approval":      {"storage", "pkg/audit", "pkg/problem", "pkg/secret", "pkg/worker"},
	"pkg/keys":          {"storage", "pkg/audit", "pkg/problem", "pkg/secret", "pkg/worker"},
	"pkg/session":       {"storage", "pkg/audit", "pkg/outbox", "pkg/problem", "pkg/request", "pkg/secret", "pkg/worker"},
	"pkg/agreement":     {"pkg/audit", "pkg/markdown", "pkg/person", "pkg/problem", "pkg/secret", "pkg/session", "pkg/worker", "storage"},
	"pkg/credential":    {"storage", "pkg/audit", "pkg/limit", "pkg/password", "pkg/person", "pkg/problem", "pkg/request", "pkg/rotation", "pkg/secret"},
	"pkg/job":           {"pkg/audit", "pkg/problem", "pkg/secret", "pkg/worker", "storage"},
	"pkg/factor":        {"storage", "pkg/audit", "pkg/credential", "pkg/limit", "pkg/mfa", "pkg/problem", "pkg/request", "pkg/secret"},
	"pkg/enroll":        {"storage", "pkg/audit", "pkg/enroll/roster", "pkg/language", "pkg/limit", "pkg/person", "pkg/problem", "pkg/request", "pkg/secret"},
	"pkg/enroll/roster": {"pkg/person"},

	// The protocol's rules.
	"oidc/claims":     {"pkg/person"},
	"oidc/client":     {"storage"},
	"oidc/flow":       {"storage", "pkg/problem", "pkg/secret"},
	"oidc/assertion":  {},
	"oidc/proof":      {},
	"oidc/device":     {"pkg/secret", "storage"},
	"oidc/dpop":       {"oidc/assertion", "oidc/fault", "pkg/secret", "storage"},
	"oidc/clientkeys": {"oidc/assertion", "pkg/outbound", "storage"},
	"oidc/clientauth": {"oidc/assertion", "oidc/client", "oidc/clientkeys", "oidc/fault", "pkg/secret", "storage"},

	// Edges.
	"pkg/web":          {"pkg/problem", "pkg/request", "pkg/secret", "pkg/worker"},
	"oidc/backchannel": {"oidc/client", "pkg/audit", "pkg/outbound", "pkg/problem", "pkg/secret", "pkg/worker", "storage"},
	"pkg/admin":        {"oidc/client", "oidc/dpop", "oidc/fault", "pkg/access", "pkg/agreement", "pkg/approval", "pkg/audit", "pkg/credential", "pkg/enroll", "pkg/event", "pkg/factor", "pkg/job", "pkg/keys", "pkg/limit", "pkg/mail", "pkg/markdown", "pkg/operator", "pkg/person", "pkg/problem", "pkg/recovery", "pkg/request", "pkg/secret", "pkg/session", "pkg/web", "storage"},
	"pkg/pages":        {"oidc/flow", "pkg/access", "pkg/agreement", "pkg/audit", "pkg/brand", "pkg/credential", "pkg/enroll", "pkg/factor", "pkg/markdown", "pkg/password", "pkg/person", "pkg/problem", "pkg/recovery", "pkg/request", "pkg/session", "pkg/web", "storage"},
	"oidc":             {"oidc/assertion", "oidc/backchannel", "oidc/claims", "oidc/client", "oidc/clientauth", "oidc/clientkeys", "oidc/device", "oidc/dpop", "oidc/fault", "oidc/flow", "pkg/access", "pkg/audit", "pkg/keys", "pkg/limit", "pkg/person", "pkg/problem", "pkg/request", "pkg/secret", "pkg/session", "pkg/web", "storage", "pkg/worker"},
	"oidc/fositeop":    {"oidc", "oidc/claims", "oidc/client", "oidc/device", "oidc/fault", "oidc/flow", "pkg/keys", "pkg/secret", "storage"},

	// Programs.
	"cmd/claviger":       nil, // the composition root: anything
	"cmd/claviger-bench": {"oidc/proof", "pkg/audit", "pkg/keys", "pkg/password", "pkg/person", "pkg/request", "pkg/secret", "pkg/session", "storage", "storage/embedded", "storage/postgres", "storage/redis", "storage/sqlite"},
	"cmd/portal":         {"pkg/relying"},
	"cmd/conformance":    {}, // uses the program as an operator and a person do
}

// only is who may import what of others.
var only = map[string]string{
	"github.com/ory/fosite":           "oidc/fositeop",
	"github.com/go-jose/go-jose/v3":   "oidc/fositeop",
	"github.com/go-webauthn/webauthn": "pkg/mfa",
}

const maxDepth = 6

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) map[string]listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	all := map[string]listed{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(p.ImportPath, module)] = p
	}
}

// testOnly says that a package is imported by tests alone.
func testOnly(name string) bool {
	return name == "storage/storagetest" || name == "storage/teststores" || strings.HasPrefix(name, "cmd/claviger/e2e")
}

func TestImportsAreAllowed(t *testing.T) {
	all := packages(t)
	for name, p := range all {
		if testOnly(name) {
			continue
		}
		may, known := allowed[name]
		if !known {
			t.Errorf("%s is not in the table of packages", name)
			continue
		}
		for _, i := range p.Imports {
			for foreign, owner := range only {
				if (i == foreign || strings.HasPrefix(i, foreign+"/")) && name != owner {
					t.Errorf("%s imports %s, which only %s may", name, i, owner)
				}
			}
			ours, ok := strings.CutPrefix(i, module)
			if !ok || may == nil {
				continue
			}
			if !slices.Contains(may, ours) {
				t.Errorf("%s imports %s, which is not an allowed edge", name, ours)
			}
		}
	}
	for name, may := range allowed {
		p, ok := all[name]
		if !ok {
			t.Errorf("the table names %s, which does not exist", name)
		}
		for _, edge := range may {
			if !slices.Contains(p.Imports, module+edge) {
				t.Errorf("the table allows %s to import %s, which it does not", name, edge)
			}
		}
	}
}

func TestImportDepth(t *testing.T) {
	all := packages(t)
	known := map[string]int{}
	var depth func(name string) int
	depth = func(name string) int {
		if d, ok := known[name]; ok {
			return d
		}
		deepest := 0
		for _, i := range all[name].Imports {
			if ours, ok := strings.CutPrefix(i, module); ok {
				deepest = max(deepest, depth(ours))
			}
		}
		known[name] = deepest + 1
		return deepest + 1
	}
	for name := range all {
		if d := depth(name); d > maxDepth {
			t.Errorf("%s stands on %d levels of our packages, at most %d are allowed", name, d, maxDepth)
		}
	}
}

func TestArchitectureShowsTheTable(t *testing.T) {
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	want.WriteString("| Package | May import |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(allowed)) {
		edges := "nothing of ours"
		switch {
		case allowed[name] == nil:
			edges = "anything"
		case len(allowed[name]) > 0:
			edges = "`" + strings.Join(slices.Sorted(slices.Values(allowed[name])), "`, `") + "`"
		}
		fmt.Fprintf(&want, "| `%s` | %s |\n", name, edges)
	}
	if !strings.Contains(string(text), want.String()) {
		t.Errorf("docs/architecture.md does not show the table of allowed edges; it should hold:\n\n%s", &want)
	}
}
