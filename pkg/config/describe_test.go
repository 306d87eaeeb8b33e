package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/config"
)

// TestEveryKeyOfTheReferenceIsDescribed: the sample says every key, and so does Describe.
func TestEveryKeyOfTheReferenceIsDescribed(t *testing.T) {
	path := filepath.Join("..", "..", "deploy", "config", "embedded.toml")
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	values, err := config.Describe(c, path)
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]string{}
	for _, v := range values {
		described[v.Key] = v.From
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	section, keys := "", 0
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "["); ok {
			section, _, _ = strings.Cut(name, "]")
			continue
		}
		if name, _, ok := strings.Cut(line, " = "); ok && !strings.HasPrefix(line, "#") {
			keys++
			if key := section + "." + name; described[key] != path {
				t.Errorf("%s: %q", key, described[key])
			}
		}
	}
	if keys < 80 {
		t.Errorf("%d keys in the sample", keys)
	}
}
