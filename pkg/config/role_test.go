package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/config"
)

func TestRolesAreThoseThatPoliciesGoBy(t *testing.T) {
	c, err := config.Parse("c.toml", []byte(`
[access]
roles = ["nurse", "clinician"]
[session.roles.cashier]
idle = "5m"
[password.rotation.roles.nurse]
max_age_days = 60
[factors.roles]
pharmacist = "mfa"
[[agreement.documents]]
audience = "everyone"
version = "1"
language = "en"
file = "a.md"
effective = "2026-01-01"
[[agreement.documents]]
audience = "volunteer"
version = "1"
language = "en"
file = "a.md"
effective = "2026-01-01"
`))
	if err != nil {
		t.Fatal(err)
	}
	// admin has limits by default; delegate_administrator has them too, and is given
	// in organizations only.
	want := []string{"admin", "cashier", "clinician", "nurse", "pharmacist", "volunteer"}
	if diff := cmp.Diff(want, c.Roles()); diff != "" {
		t.Error(diff)
	}
}

// A policy for a role that nobody lists may be misspelt.
func TestRolesThatStandInPoliciesOnly(t *testing.T) {
	c, err := config.Parse("c.toml", []byte("[session.roles.wizzard]\nidle = \"9m\"\n[session.roles.nurse]\nidle = \"9m\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"wizzard"}, c.OnlyInPolicies()); diff != "" {
		t.Error(diff)
	}
	for role, want := range map[string]bool{"wizzard": true, "nurse": true, "admin": true, "delegate_administrator": true, "nures": false, "": false} {
		if c.KnowsRole(role) != want {
			t.Errorf("%q is known: %v", role, !want)
		}
	}
}
