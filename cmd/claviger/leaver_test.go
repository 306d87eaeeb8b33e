package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
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
// store is away. It is told so until the sessions have ended, and only then that there is
// nobody; and they end without it, too, once the store is back.
func TestALeaverIsSignedOut(t *testing.T) { onBothStores(t, testALeaverIsSignedOut) }

func testALeaverIsSignedOut(t *testing.T, w *adminWorld) {
	a := &away{Ephemeral: w.ephemeral}
	w.ephemeral = a
	boss := w.token("role-operator", everyScope())
	var lake struct{ ID string }
	w.must(201, http.MethodPost, "/v1/organizations", boss, `{"name":"Lake","kind":"practice","ceiling":["nurse"]}`, nil, &lake)
	hr, practice := w.directory("hr", ""), w.directory("lake", lake.ID)
	begin := func(id, person string) {
		now := w.in.now()
		if err := a.Sessions().Create(t.Context(), storage.Session{
			ID: id, SecretHash: []byte(strings.Repeat(id[:1], 32)), PersonID: person, IdleLimit: 15 * time.Minute, CreatedAt: now, LastActivity: now,
			Deadline: now.Add(15 * time.Minute), AbsoluteDeadline: now.Add(12 * time.Hour),
		}); err != nil {
			t.Fatal(err)
		}
	}
	lives := func(id string) bool {
		_, err := a.Sessions().Get(t.Context(), id, w.in.now())
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
	named := func(c string) string { return strings.Repeat(c, 26) }

	// The account is closed, or a practice lets somebody go who stays with others.
	closed, _ := hr.create("luz.moreno@corp.example", "Luz", "Moreno", `,"externalId":"7"`)["id"].(string)
	let, _ := hr.create("ana.lopez@corp.example", "Ana", "Lopez", "")["id"].(string)
	w.must(201, http.MethodPost, "/v1/organizations/"+lake.ID+"/members", boss, fmt.Sprintf(`{"person":%q,"role":"nurse","need":"For the test"}`, let), nil, nil)
	for id, d := range map[string]*directory{closed: hr, let: practice} {
		tag := d.ask(http.MethodGet, "/Users/"+id, "").Header().Get("ETag")
		one := named(id[:1])
		begin(one, id)
		a.is = true
		for i := range 2 {
			if answer := d.ask(http.MethodDelete, "/Users/"+id, "", "If-Match", tag); answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" {
				t.Errorf("%s, request %d: %d %s", d.id, i, answer.Code, answer.Body)
			}
		}
		a.is = false
		if !lives(one) {
			t.Errorf("%s: the session has ended although the store was away", d.id)
		}
		d.scim(204, http.MethodDelete, "/Users/"+id, "", "If-Match", tag)
		if lives(one) {
			t.Errorf("%s was told that the access has ended, and the session lives", d.id)
		}
		d.scim(404, http.MethodDelete, "/Users/"+id, "")
		d.scim(404, http.MethodGet, "/Users/"+id, "")
	}
	hr.scim(200, http.MethodGet, "/Users/"+let, "")

	// What they were called is free at once, also for who does not ask again.
	silent, _ := hr.create("luz.moreno@corp.example", "Luz", "Moreno", `,"externalId":"7"`)["id"].(string)
	begin(named("z"), silent)
	a.is = true
	if answer := hr.ask(http.MethodDelete, "/Users/"+silent, ""); answer.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	a.is = false
	hr.create("luz.moreno@corp.example", "Luz", "Moreno", `,"externalId":"7"`)
	worker := &outbox.Worker{
		Box: outbox.Box{Keys: w.in.keyring}, Store: w.in.store, Now: w.in.now, Log: w.in.log,
		Carriers: map[string]outbox.Carrier{session.Carrier: &session.Service{Store: w.in.store, Ephemeral: a, TombstoneFor: time.Hour, Now: w.in.now, Log: w.in.log}},
	}
	if err := worker.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if lives(named("z")) {
		t.Error("the session of a leaver lives")
	}
}
