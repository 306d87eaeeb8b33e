package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

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

// TestAnOrderEndsWhatIsInNoList: a session of a version that knew no lists, in which nothing
// has happened since, ends with all others of an application and with everyone's.
func TestAnOrderEndsWhatIsInNoList(t *testing.T) {
	ctx := t.Context()
	options, err := redis.ParseURL(teststores.Given(t, teststores.Redis))
	if err != nil {
		t.Fatal(err)
	}
	server := redis.NewClient(options)
	defer func() { _ = server.Close() }()
	for name, scope := range map[string]session.Scope{"of an application": {ClientID: "portal"}, "everyone's": {Everyone: true}} {
		t.Run(name, func(t *testing.T) {
			w := newWorldOn(t, teststores.Servers)
			if err := w.Store.Tx(ctx, func(tx storage.Tx) error {
				return tx.Clients().Insert(ctx, storage.Client{ID: "portal", CreatedAt: w.now, UpdatedAt: w.now})
			}); err != nil {
				t.Fatal(err)
			}
			cookie, s := w.begin(t, false)
			w.grant(t, "g", s.ID)
			if _, err := w.Ephemeral.Sessions().Act(ctx, storage.Activity{SessionID: s.ID, ClientID: "portal", At: w.now}); err != nil {
				t.Fatal(err)
			}
			keys, err := server.Keys(ctx, "*:session:{*}:"+s.ID).Result()
			if err != nil || len(keys) != 1 {
				t.Fatal(keys, err)
			}
			for _, list := range []string{":all:", ":client:"} {
				set := strings.Replace(strings.TrimSuffix(keys[0], ":"+s.ID), ":session:", list, 1)
				if list == ":client:" {
					set += ":portal"
				}
				if n, err := server.Del(ctx, set).Result(); err != nil || n != 1 {
					t.Fatalf("%s: %d taken out, %v", set, n, err)
				}
			}
			if n, people, err := w.Count(ctx, scope, audit.Actor{Type: "operator"}); n != 1 || people != 1 || err != nil {
				t.Errorf("counted: %d of %d, %v", n, people, err)
			}
			if n, err := w.EndOrdered(ctx, session.Order{Scope: scope, Reason: "incident"}); n != 1 || err != nil {
				t.Errorf("%d ended, %v", n, err)
			}
			if _, err := w.Resolve(ctx, cookie); !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("the browser is signed in: %v", err)
			}
			if ends, grants := len(w.events(t, "session.ended")), len(w.events(t, "grant.ended")); ends != 1 || grants != 1 {
				t.Errorf("%d session.ended and %d grant.ended events", ends, grants)
			}
		})
	}
}
