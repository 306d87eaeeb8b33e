package main

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// away is an ephemeral store that takes no marks for a moment, as Redis in a failover.
type away struct {
	storage.Ephemeral
	is bool
}

type awayMarks struct {
	storage.Marks
	a *away
}

func (a *away) Marks() storage.Marks { return awayMarks{a.Ephemeral.Marks(), a} }

func (m awayMarks) SetAll(ctx context.Context, at time.Time, all ...storage.Mark) error {
	if m.a.is {
		return storage.ErrUnavailable
	}
	return m.Marks.SetAll(ctx, at, all...)
}

// TestALeaverIsSignedOut: a directory closes the account of a leaver while the ephemeral
// store is away, and takes the answer to its second request for the end of it. The
// sessions end all the same, once the store is back.
func TestALeaverIsSignedOut(t *testing.T) { onBothStores(t, testALeaverIsSignedOut) }

func testALeaverIsSignedOut(t *testing.T, w *adminWorld) {
	a := &away{Ephemeral: w.ephemeral}
	w.ephemeral = a
	d := w.directory("hr", "")
	id, _ := d.create("luz.moreno@corp.example", "Luz", "Moreno", "")["id"].(string)
	now, one := w.in.now(), "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	if err := a.Sessions().Create(t.Context(), storage.Session{
		ID: one, SecretHash: make([]byte, 32), PersonID: id, IdleLimit: 15 * time.Minute, CreatedAt: now, LastActivity: now,
		Deadline: now.Add(15 * time.Minute), AbsoluteDeadline: now.Add(12 * time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	a.is = true
	first := d.ask(http.MethodDelete, "/Users/"+id, "").Code
	a.is = false
	second := d.ask(http.MethodDelete, "/Users/"+id, "").Code
	if first != http.StatusServiceUnavailable || second != http.StatusNotFound {
		t.Errorf("the directory was told %d and then %d", first, second)
	}
	worker := &outbox.Worker{
		Box: outbox.Box{Keys: w.in.keyring}, Store: w.in.store, Now: w.in.now, Log: w.in.log,
		Carriers: map[string]outbox.Carrier{session.Carrier: &session.Service{Store: w.in.store, Ephemeral: a, TombstoneFor: time.Hour, Now: w.in.now, Log: w.in.log}},
	}
	if err := worker.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Sessions().Get(t.Context(), one, w.in.now()); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the session of a leaver lives: %v", err)
	}
}
