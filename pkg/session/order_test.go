package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

// TestTheLogSaysWhoEndedASessionAndWhy: also where somebody else came to the end of it.
func TestTheLogSaysWhoEndedASessionAndWhy(t *testing.T) {
	for name, stores := range map[string]func(testing.TB, func() time.Time) (storage.Store, storage.Ephemeral){"embedded": teststores.Embedded, "servers": teststores.Servers} {
		t.Run(name, func(t *testing.T) {
			w := newWorldOn(t, stores)
			_, first := w.begin(t, false)
			_, second := w.begin(t, false)
			w.grant(t, "g", second.ID)
			order := session.Order{Scope: session.Scope{Everyone: true}, Reason: "lost_laptop", By: audit.Actor{Type: "person", ID: "an-operator", Role: "help_desk"}}
			w.Ended = func(_ context.Context, _ storage.Tx, s storage.Session, _ string) error {
				if s.ID == second.ID {
					return errors.New("the process dies")
				}
				return nil
			}
			if n, err := w.EndOrdered(t.Context(), order); n != 1 || err == nil {
				t.Fatalf("%d ended, %v", n, err)
			}
			w.Ended = nil
			// Whoever gives another order meanwhile has not ended it.
			again := order
			again.By.ID, again.Reason = "another", "incident"
			if n, err := w.EndOrdered(t.Context(), again); n != 0 || err != nil {
				t.Fatalf("%d ended, %v", n, err)
			}
			w.now = w.now.Add(time.Minute)
			w.reap(t, 1)
			const by = `"actor":{"type":"person","id":"an-operator","role":"help_desk"}`
			ends := w.events(t, "session.ended")
			if len(ends) != 2 {
				t.Fatalf("ends: %q", ends)
			}
			for i, s := range []storage.Session{first, second} {
				if !strings.Contains(ends[i], by) || !strings.Contains(ends[i], `"note":"lost_laptop"`) || !strings.Contains(ends[i], `"reason":"operator"`) || !strings.Contains(ends[i], s.ID) {
					t.Errorf("the end of %s: %s", s.ID, ends[i])
				}
			}
			if grants := w.events(t, "grant.ended"); len(grants) != 1 || !strings.Contains(grants[0], by) {
				t.Errorf("grants: %q", grants)
			}
			// What nobody ordered names nobody.
			w.begin(t, false)
			w.now = w.now.Add(time.Hour)
			w.reap(t, 1)
			if ends := w.events(t, "session.ended"); strings.Contains(ends[2], "note") || !strings.Contains(ends[2], `"actor":{"type":"system"}`) {
				t.Errorf("the end of one that was idle: %s", ends[2])
			}
		})
	}
}

// TestAllSessionsButOne: the one that goes on is the person's, and alive.
func TestAllSessionsButOne(t *testing.T) {
	w := newWorld(t)
	if err := w.Store.Tx(t.Context(), func(tx storage.Tx) error {
		return tx.People().Insert(t.Context(), storage.Person{ID: "p", Subject: "sub", UserIDIndex: []byte("u"), State: storage.PersonActive, Profile: []byte("p"), CreatedAt: w.now, UpdatedAt: w.now})
	}); err != nil {
		t.Fatal(err)
	}
	begin := func() string {
		_, s := w.begin(t, false)
		w.now = w.now.Add(time.Second)
		return s.ID
	}
	first, kept, third := begin(), begin(), begin()
	order := session.Order{Scope: session.Scope{PersonID: "p"}, Except: kept, Reason: "lost_laptop"}
	for name, refused := range map[string]func(*session.Order){
		"of everyone":             func(o *session.Order) { o.Scope = session.Scope{Everyone: true} },
		"and only another":        func(o *session.Order) { o.SessionID = first },
		"that there is not":       func(o *session.Order) { o.Except = "none" },
		"that is not as it was":   func(o *session.Order) { o.Version = 1 },
		"for no reason":           func(o *session.Order) { o.Reason = "" },
		"of nobody that there is": func(o *session.Order) { o.PersonID = "q" },
	} {
		o := order
		refused(&o)
		if n, err := w.EndOrdered(t.Context(), o); n != 0 || err == nil {
			t.Errorf("all but one, %s: %d ended, %v", name, n, err)
		}
	}
	if n, err := w.EndOrdered(t.Context(), order); n != 2 || err != nil {
		t.Errorf("%d ended, %v", n, err)
	}
	if left, _ := w.leafed(t, session.Scope{Everyone: true}, 5); len(left) != 1 || left[0] != kept {
		t.Errorf("left: %q of %q, %q, %q", left, first, kept, third)
	}
	if orders := w.events(t, "session.end_ordered"); len(orders) != 1 || !strings.Contains(orders[0], `"except":"`+kept+`"`) {
		t.Errorf("orders: %q", orders)
	}
}
