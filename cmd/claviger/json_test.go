package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// sentences are the commands without --json, and what they print in its place.
var sentences = map[string]string{
	"admin bootstrap":             "says where things are; the key is JSON in a file",
	"admin call":                  "prints what the API answers, which is JSON, as it is",
	"admin grant":                 "a sentence: what was asked for is done",
	"admin remove":                "a sentence",
	"admin request approve":       "a sentence; admin request show --json has the state",
	"admin request reject":        "a sentence",
	"agreement publish":           "a sentence; agreement list --json has what is published",
	"agreement withdraw":          "a sentence",
	"audit export":                "its output is NDJSON",
	"client initial-token issue":  "a sentence; the token is in a file",
	"client initial-token revoke": "a sentence",
	"client register":             "a sentence; client show is JSON",
	"client remove":               "a sentence",
	"client rotate-secret":        "a sentence; the secret is in a file",
	"config check":                "a sentence: the exit code says it",
	"docs man":                    "a sentence; it writes files",
	"enroll reject":               "a sentence",
	"event disable":               "a sentence; event list --json has the state",
	"event enable":                "a sentence",
	"event redeliver":             "a sentence",
	"event remove":                "a sentence",
	"event rotate":                "a sentence; the secret is in a file",
	"hash-worker":                 "talks to the server that started it",
	"key change-root":             "a sentence",
	"key new-root":                "a sentence; the key is in a file",
	"key new-verifier-key":        "a sentence; key list and audit list have it",
	"key remove":                  "a sentence",
	"key rotate":                  "a sentence; key list --json has the keys",
	"logout redeliver":            "a sentence; logout list --json has the lines",
	"mail bounce":                 "a sentence, for a mail server",
	"migrate up":                  "a sentence, or SQL; migrate status --json has the steps",
	"password reissue":            "a temporary password is printed alone, or not at all",
	"person close":                "a sentence",
	"person factor reset":         "a sentence",
	"person reinstate":            "a sentence; person show --json has the state",
	"person reset":                "a temporary password is printed alone, or not at all",
	"person suspend":              "a sentence",
	"person withdraw":             "a sentence",
	"roster sample":               "its output is CSV",
	"serve":                       "its log has a format of its own: log.format",
}

func leaves(root *cobra.Command, visit func(name string, c *cobra.Command)) {
	for _, c := range root.Commands() {
		if c.HasSubCommands() {
			leaves(c, visit)
			continue
		}
		visit(strings.TrimPrefix(c.CommandPath(), "claviger "), c)
	}
}

// TestWhatPrintsDataPrintsJSON: whoever adds a command decides.
func TestWhatPrintsDataPrintsJSON(t *testing.T) {
	p := &program{}
	seen := map[string]bool{}
	leaves(p.rootCommand(), func(name string, c *cobra.Command) {
		seen[name] = true
		_, excepted := sentences[name]
		if has := c.Flags().Lookup("json") != nil; has == excepted {
			t.Errorf("%s: --json %t, among the exceptions %t", name, has, excepted)
		}
	})
	for name, why := range sentences {
		if !seen[name] || why == "" {
			t.Errorf("%q is excepted, and there is no such command", name)
		}
	}
}

// TestEveryCommandIsExplained: what each says of itself is there and fits a terminal.
func TestEveryCommandIsExplained(t *testing.T) {
	p := &program{stdout: &bytes.Buffer{}}
	leaves(p.rootCommand(), func(name string, c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: %q", name, c.Short)
		}
		for line := range strings.Lines(c.Long) {
			if len([]rune(line)) > 110 && !strings.HasPrefix(line, "The kinds are ") { // a list that grows
				t.Errorf("%s: a line of %d characters: %s", name, len([]rune(line)), line)
			}
		}
	})
}

// TestNoFlagHidesAnother: what a flag of all commands means, it means at each.
func TestNoFlagHidesAnother(t *testing.T) {
	root := (&program{}).rootCommand()
	leaves(root, func(name string, c *cobra.Command) {
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if root.PersistentFlags().Lookup(f.Name) != nil {
				t.Errorf("%s: --%s is another flag than that of all commands", name, f.Name)
			}
		})
	})
}
