package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

// debtor is a world in which changes owe the end of sessions.
type debtor struct {
	*world
	box    outbox.Box
	worker *outbox.Worker
}

func onBothDebtors(t *testing.T, test func(*testing.T, *debtor)) {
	for name, stores := range map[string]func(testing.TB, func() time.Time) (storage.Store, storage.Ephemeral){
		"embedded": teststores.Embedded, "postgres+redis": teststores.Servers,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorldOn(t, stores)
			keys, _, err := secret.NewRoot().NewKeyring()
			if err != nil {
				t.Fatal(err)
			}
			d := &debtor{world: w, box: outbox.Box{Keys: keys}}
			d.worker = &outbox.Worker{
				Box: d.box, Store: w.Store, Carriers: map[string]outbox.Carrier{session.Carrier: w.Service}, Now: func() time.Time { return w.now }, Log: w.Log,
			}
			test(t, d)
		})
	}
}

// change commits a change, and nothing else: as if the process died then.
func (d *debtor) change(t *testing.T, due session.Due) {
	t.Helper()
	if err := d.Store.Tx(t.Context(), func(tx storage.Tx) error { return session.Owe(t.Context(), tx, d.box, "p", due) }); err != nil {
		t.Fatal(err)
	}
}

func (d *debtor) deliver(t *testing.T, after time.Duration) {
	t.Helper()
	d.now = d.now.Add(after)
	if err := d.worker.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (d *debtor) lives(t *testing.T, what, cookie string, want bool) {
	t.Helper()
	_, err := d.Resolve(t.Context(), cookie)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		t.Fatal(err)
	}
	if (err == nil) != want {
		t.Errorf("%s: lives %v, want %v", what, err == nil, want)
	}
}

// TestOwedEnds: what a committed change owes ends although whoever made the change did
// not get to it, and what began after the change goes on.
func TestOwedEnds(t *testing.T) { onBothDebtors(t, testOwedEnds) }

func testOwedEnds(t *testing.T, d *debtor) {
	old, record := d.begin(t, false)
	d.grant(t, "of-the-session", record.ID)
	d.grant(t, "without", "")
	d.now = d.now.Add(time.Minute)
	d.change(t, session.Due{Reason: session.ReasonSuspended, Access: true})
	d.now = d.now.Add(time.Minute)
	fresh, _ := d.begin(t, false) // the account was given back
	d.grant(t, "later", "")
	for range 2 { // it may come twice
		d.deliver(t, time.Second)
	}
	d.lives(t, "a session of before", old, false)
	d.lives(t, "a session of after", fresh, true)
	for id, want := range map[string]string{"of-the-session": "suspended", "without": "suspended", "later": ""} {
		if err := d.Store.View(t.Context(), func(tx storage.Tx) error {
			g, err := tx.Grants().Get(t.Context(), id)
			if err == nil && g.EndReason != want {
				t.Errorf("grant %s: ended for %q, want %q", id, g.EndReason, want)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if counts, err := d.SignInCounts(t.Context(), "p", begun); err != nil || counts {
		t.Errorf("a sign-in of before counts: %v %v", counts, err)
	}
}

// TestOwedEndsWaitForAStore: however long the store of sessions was away, what is owed
// ends soon after it is back: a tenth or so of that time.
func TestOwedEndsWaitForAStore(t *testing.T) { onBothDebtors(t, testOwedEndsWaitForAStore) }

func testOwedEndsWaitForAStore(t *testing.T, d *debtor) {
	cookie, _ := d.begin(t, false)
	away := &dying{Ephemeral: d.Ephemeral, dead: true}
	d.Ephemeral = away
	d.now = d.now.Add(time.Second)
	d.change(t, session.Due{Reason: session.ReasonSuspended})
	for range 10 {
		d.deliver(t, 30*time.Second)
	}
	away.dead = false
	d.lives(t, "while the store was away", cookie, true)
	d.deliver(t, 45*time.Second)
	d.lives(t, "after it came back", cookie, false)
}

// TestOwedEndsKeepOne: the session in which something was changed goes on with its new
// cookie; should it not have got one, a copy of the old one does not stay signed in.
func TestOwedEndsKeepOne(t *testing.T) { onBothDebtors(t, testOwedEndsKeepOne) }

func testOwedEndsKeepOne(t *testing.T, d *debtor) {
	other, _ := d.begin(t, false)
	old, record := d.begin(t, false)
	d.now = d.now.Add(time.Minute)
	due := session.Due{Reason: session.ReasonPasswordChanged, Keep: record.ID, Was: record.SecretHash}
	d.change(t, due)
	d.deliver(t, time.Second) // before the new cookie is there
	d.lives(t, "another session", other, false)
	d.lives(t, "the session, a moment after", old, true)
	cookie, renewed, err := d.Renew(context.WithoutCancel(t.Context()), record, session.Beginning{AuthTime: record.AuthTime, ACR: record.ACR, AMR: record.AMR})
	if err != nil {
		t.Fatal(err)
	}
	d.deliver(t, 2*time.Minute)
	d.lives(t, "the old cookie", old, false)
	d.lives(t, "the new cookie", cookie, true)
	due.Was = renewed.SecretHash
	d.change(t, due)
	d.deliver(t, time.Second)
	d.deliver(t, 2*time.Minute) // and nobody renewed it
	d.lives(t, "a session that was not renewed", cookie, false)
}
