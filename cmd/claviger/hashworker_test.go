package main

import (
	"log/slog"
	"slices"
	"testing"
)

// TestTheHashWorkerRunsAsTheServerDoes: what the runtime is told, such as to be in
// its FIPS mode, holds where the hashes are computed, and nothing else is passed on.
func TestTheHashWorkerRunsAsTheServerDoes(t *testing.T) {
	t.Setenv("GODEBUG", "fips140=on")
	t.Setenv("GOMAXPROCS", "2")
	t.Setenv("CLAVIGER_SOMETHING", "a secret")
	c, err := hashWorker(slog.New(slog.DiscardHandler), 64).Command()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(c.Env)
	if want := []string{"GODEBUG=fips140=on", "GOMAXPROCS=2", "GOMEMLIMIT=64MiB"}; !slices.Equal(c.Env, want) {
		t.Errorf("its environment is %q, want %q", c.Env, want)
	}
}
