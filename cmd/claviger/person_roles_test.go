package main

import (
	"testing"
	"time"

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
		found, err := w.ephemeral.Sessions().ByPerson(t.Context(), id, w.in.now())
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
