package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// TestEndsAreOwed: what an operator changes of somebody while the ephemeral store is away
// ends their sessions all the same, once it is back, for the reason that it was.
func TestEndsAreOwed(t *testing.T) { onBothStores(t, testEndsAreOwed) }

func testEndsAreOwed(t *testing.T, w *adminWorld) {
	a := &away{Ephemeral: w.ephemeral}
	sessions := &session.Service{
		Store: w.in.store, Ephemeral: a, TombstoneFor: time.Minute, Now: w.in.now, Log: w.in.log,
		Limits: sessionLimits(w.in.config.Session), Roles: w.in.roles(&person.Directory{Keys: w.in.keyring}),
	}
	now := w.in.now()
	for i, id := range w.people[:4] {
		if err := a.Sessions().Create(t.Context(), storage.Session{
			ID: secret.NewID(), SecretHash: secret.Hash(id), PersonID: id, Subject: secret.NewID(), AuthTime: now, CreatedAt: now, LastActivity: now,
			IdleLimit: time.Hour, Deadline: now.Add(time.Hour), AbsoluteDeadline: now.Add(2 * time.Hour),
		}); err != nil {
			t.Fatal(err)
		}
		if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
			return tx.Passwords().Insert(t.Context(), storage.Password{PersonID: id, Kind: storage.PasswordPersonal, Verifier: []byte{byte(i)}, Scheme: "s", SetAt: now})
		}); err != nil {
			t.Fatal(err)
		}
	}
	alive := func() (ids []string) {
		t.Helper()
		found, err := a.Sessions().ByPeople(t.Context(), w.in.now(), w.people...)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range found {
			ids = append(ids, s.PersonID)
		}
		slices.Sort(ids)
		return ids
	}
	all := slices.Sorted(slices.Values(w.people[:4]))
	p := &program{stdin: nil, stdout: io.Discard, now: w.in.now}
	a.is = true
	_, roles := w.in.setRoles(t.Context(), sessions, "person0", []string{"nurse"}, "new_duty")
	one := p.expirePasswords(t.Context(), w.in, sessions, expireOrder{userID: "person1", reason: "a drill"})
	credentials := w.in.credentials(a.Attempts(), nil)
	_, some := credentials.Expire(t.Context(), credential.Expiry{
		Of: func(p person.Profile) bool { return p.UserID == "person2" }, Note: "a drill", By: operator(),
	}, func(string) error { return context.Canceled }) // the process dies
	if !errors.Is(roles, storage.ErrUnavailable) || !errors.Is(one, storage.ErrUnavailable) || !errors.Is(some, context.Canceled) {
		t.Errorf("told %v, %v and %v", roles, one, some)
	}
	if got := alive(); !slices.Equal(got, all) {
		t.Fatalf("sessions of %v, want those of %v", got, all)
	}
	a.is = false
	worker := &outbox.Worker{
		Box: outbox.Box{Keys: w.in.keyring}, Store: w.in.store, Now: w.in.now, Log: w.in.log, Carriers: map[string]outbox.Carrier{session.Carrier: sessions},
	}
	if err := worker.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := alive(); !slices.Equal(got, w.people[3:4]) {
		t.Errorf("sessions of %v are left, want that of %v", got, w.people[3])
	}
	reasons := map[string]string{}
	if err := w.in.store.View(t.Context(), func(tx storage.Tx) error {
		for _, id := range w.people[:3] {
			events, err := tx.Audit().Pending(t.Context(), 10000)
			if err != nil {
				return err
			}
			for _, e := range events {
				if e.Kind == "session.ended" && e.Subject == id {
					reasons[id] = string(e.Body)
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"roles_changed", "password_must_change", "password_must_change"} {
		if body := reasons[w.people[i]]; !tells([]storage.AuditEvent{{Body: []byte(body)}}, `"reason":"`+want+`"`) {
			t.Errorf("person%d: %s", i, body)
		}
	}
}
