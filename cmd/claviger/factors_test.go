package main

import (
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/factor"
)

// TestEveryChangeOfFactorsIsTold: without a notice the change itself would fail.
func TestEveryChangeOfFactorsIsTold(t *testing.T) {
	for how, want := range map[factor.Change]string{
		factor.Added: "factor-added", factor.Renamed: "factor-renamed", factor.Removed: "factor-removed", factor.Replaced: "factor-replaced",
		factor.CodesReplaced: "recovery-codes-replaced", factor.CodeUsed: "recovery-code-used", factor.SetAside: "passkey-set-aside", factor.Reset: "factors-reset",
	} {
		m, err := factorNotice(how, time.Time{})
		if err != nil || m.Name() != want {
			t.Errorf("%s: %v, %v", how, m, err)
		}
	}
	if _, err := factorNotice("another", time.Time{}); err == nil {
		t.Error("a change that nobody knows is told")
	}
}
