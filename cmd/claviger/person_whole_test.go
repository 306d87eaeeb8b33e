package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// TestPersonShowSaysWhatBelongsToThem: where somebody has which role, what is known of the
// password, the second factors and the sessions.
func TestPersonShowSaysWhatBelongsToThem(t *testing.T) {
	onBothStores(t, testPersonShowSaysWhatBelongsToThem)
}

func testPersonShowSaysWhatBelongsToThem(t *testing.T, w *adminWorld) {
	now, id := w.in.now(), w.people[0]
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		ctx := t.Context()
		o := storage.Organization{ID: secret.NewID(), Name: "Cove Clinic", State: storage.OrganizationActive, CreatedAt: now, UpdatedAt: now}
		err := errors.Join(
			tx.Organizations().Insert(ctx, o),
			tx.Memberships().Insert(ctx, storage.Membership{
				ID: secret.NewID(), OrganizationID: o.ID, PersonID: id, Role: "nurse", Need: []byte("n"), GrantedBy: "o", Since: now, EndsAt: time.Date(2099, 2, 1, 0, 0, 0, 0, time.UTC),
			}),
			tx.Passwords().Insert(ctx, storage.Password{PersonID: id, Kind: storage.PasswordPersonal, Verifier: []byte("v"), Scheme: "s", SetAt: now.Add(-time.Hour)}),
			tx.Authenticators().Insert(ctx, storage.Authenticator{ID: secret.NewID(), PersonID: id, Kind: storage.AuthenticatorTOTP, Secret: []byte("s"), Handle: []byte("h"), CreatedAt: now}),
			audit.Record(ctx, tx, audit.Event{Kind: audit.SigninSucceeded, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: id}, Subject: id}),
		)
		for range 3 {
			_, _, e := tx.Guesses().Reserve(ctx, id, 50, 50, now)
			err = errors.Join(err, e)
		}
		_, e := tx.Passwords().Force(ctx, id, "operator", now)
		return errors.Join(err, e)
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.ephemeral.Sessions().Create(t.Context(), storage.Session{
		ID: secret.NewID(), SecretHash: secret.Hash(id), PersonID: id, Subject: secret.NewID(), AuthTime: now, CreatedAt: now, LastActivity: now,
		IdleLimit: time.Hour, Deadline: now.Add(time.Hour), AbsoluteDeadline: now.Add(2 * time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	shown := func(id string) string {
		t.Helper()
		who, profile, err := w.in.accounts(nil).FindCalled(t.Context(), enroll.Called{ID: id}, operator())
		if err != nil {
			t.Fatal(err)
		}
		var told bytes.Buffer
		p := &program{stderr: &told, now: w.in.now}
		d, err := p.whole(t.Context(), w.in, describePerson(who, profile), w.in.signedInAt(w.ephemeral))
		if err != nil || told.Len() > 0 {
			t.Fatalf("%v %s", err, &told)
		}
		var out bytes.Buffer
		if err := printFacts(&out, false, d, d.facts()); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(out.String()), " ")
	}
	at := func(t time.Time) string { return t.Format(time.RFC3339) }
	got := shown(id)
	for _, want := range []string{
		"Member of Cove Clinic: nurse, until 2099-01-31", "Password personal, of " + at(now.Add(-time.Hour)) + ", expires ", ", has to be changed: operator",
		"Failed attempts 3 in a row, the last " + at(now), "Second factors totp; 0 recovery codes are left", "Sessions 1, last activity " + at(now), "Last sign-in 20",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not said: %s", want, got)
		}
	}
	if got := shown(w.people[1]); got != "Password none Failed attempts none Second factors none Last sign-in - Sessions none" {
		t.Errorf("of who has nothing: %s", got)
	}
	// Many events since a sign-in hide it, and are not taken for there having been none.
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		for range lookedBack {
			if err := audit.Record(t.Context(), tx, audit.Event{
				Kind: audit.SigninFailed, Outcome: audit.OutcomeDeny, Reason: "wrong_password", Actor: audit.Actor{Type: "anonymous"}, Subject: id,
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := shown(id); !strings.Contains(got, "Last sign-in not among the last 200 events") {
		t.Errorf("after many failures: %s", got)
	}
}
