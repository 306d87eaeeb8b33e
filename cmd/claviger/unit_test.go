package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// What the unit for systemd relies on: the command it starts is one, an exit
// code means what the unit thinks, and the priority is not taken back.
func TestServiceUnit(t *testing.T) {
	text, err := os.ReadFile("../../deploy/systemd/claviger.service")
	if err != nil {
		t.Fatal(err)
	}
	directives := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found && !strings.HasPrefix(name, "#") {
			directives[name] = value
		}
	}
	words := strings.Fields(directives["ExecStart"])
	if len(words) < 2 {
		t.Fatalf("ExecStart=%s", directives["ExecStart"])
	}
	root := (&program{}).rootCommand()
	c, rest, err := root.Find(words[1:])
	if err != nil || c == root {
		t.Fatalf("%s: no such command: %v", words[1:], err)
	}
	if err := c.ParseFlags(rest); err != nil {
		t.Errorf("ExecStart: %v", err)
	}
	for name, want := range map[string]string{"CPUSchedulingPolicy": "rr", "CPUSchedulingPriority": "1", "OOMPolicy": "continue", "RestartPreventExitStatus": "2", "LimitCORE": "0"} {
		if directives[name] != want {
			t.Errorf("%s=%s, want %s", name, directives[name], want)
		}
	}
	for _, name := range []string{"RestrictRealtime", "CPUSchedulingResetOnFork", "Nice"} {
		if value, set := directives[name]; set {
			t.Errorf("%s=%s takes the priority back", name, value)
		}
	}
	if !slices.Contains(strings.Fields(directives["RestrictAddressFamilies"]), "AF_UNIX") {
		t.Error("commands cannot reach a server that opens no socket")
	}
}
