package main

import (
	"errors"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// TestOtherRolesEndTheSessions: whoever has other roles signs in with what they ask
// for; nobody else is signed out.
func TestOtherRolesEndTheSessions(t *testing.T) { onBothStores(t, testOtherRolesEndTheSessions) }

func testOtherRolesEndTheSessions(t *testing.T, w *adminWorld) {
	now := w.in.now()
	for _, id := range w.people[:2] {
		if err := w.ephemeral.Sessions().Create(t.Context(), storage.Session{
			ID: secret.NewID(), SecretHash: secret.Hash(id), PersonID: id, Subject: secret.NewID(), AuthTime: now, CreatedAt: now, LastActivity: now,
			IdleLimit: time.Hour, Deadline: now.Add(time.Hour), AbsoluteDeadline: now.Add(2 * time.Hour),
		}); err != nil {
			t.Fatal(err)
		}
	}
	sessions := &session.Service{
		Store: w.in.store, Ephemeral: w.ephemeral, TombstoneFor: time.Minute, Now: w.in.now, Log: w.in.log,
		Limits: sessionLimits(w.in.config.Session), Roles: w.in.roles(&person.Directory{Keys: w.in.keyring}),
	}
	alive := func(id string) int {
		t.Helper()
		found, err := w.ephemeral.Sessions().ByPeople(t.Context(), w.in.now(), id)
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	if _, err := w.in.setRoles(t.Context(), sessions, "person0", []string{"no role of this place"}, "new_duty"); err == nil || alive(w.people[0]) != 1 {
		t.Errorf("a role that there is not: %v, and %d sessions are left", err, alive(w.people[0]))
	}
	if _, err := w.in.setRoles(t.Context(), sessions, "person0", nil, "left_ward"); err != nil {
		t.Fatal(err)
	}
	if a, b := alive(w.people[0]), alive(w.people[1]); a != 0 || b != 1 {
		t.Errorf("%d sessions of theirs, and %d of somebody else; want 0 and 1", a, b)
	}
}

// TestFactorsGoByEveryRole: what a role asks for holds in an organization, too, and
// from the moment that it is given there.
func TestFactorsGoByEveryRole(t *testing.T) { onBothStores(t, testFactorsGoByEveryRole) }

func testFactorsGoByEveryRole(t *testing.T, w *adminWorld) {
	required := func() (class string) {
		t.Helper()
		if err := w.in.store.View(t.Context(), func(tx storage.Tx) (err error) {
			class, err = w.in.requiredACR(t.Context(), tx, w.people[1])
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return class
	}
	if got := w.in.strictestACR(); got != "" {
		t.Errorf("without a policy the strictest class is %q", got)
	}
	w.in.config.Factors.Roles = map[string]string{"pharmacist": "mfa", "delegate_administrator": "phishing-resistant"}
	if got := w.in.strictestACR(); got != flow.ACRPhishingResistant {
		t.Errorf("the strictest class is %q", got)
	}
	if got := required(); got != flow.ACRPassword {
		t.Errorf("without a role: %q", got)
	}
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		o := storage.Organization{ID: secret.NewID(), Name: "Cove Clinic", CreatedAt: tx.Now(), Version: 1}
		return errors.Join(tx.Organizations().Insert(t.Context(), o), tx.Memberships().Insert(t.Context(), storage.Membership{
			ID: secret.NewID(), OrganizationID: o.ID, PersonID: w.people[1], Role: "pharmacist", Need: []byte("x"), GrantedBy: "operator:x", Since: tx.Now(),
		}))
	}); err != nil {
		t.Fatal(err)
	}
	if got := required(); got != flow.ACRMFA {
		t.Errorf("pharmacist in an organization: %q", got)
	}
}
