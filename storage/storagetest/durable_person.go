package storagetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func somebody(id string) storage.Person {
	return storage.Person{
		ID: id, Subject: "sub-" + id, UserIDIndex: []byte("uid-" + id), NPIIndex: []byte("npi-" + id), EmailIndex: []byte("mail"),
		State: storage.PersonApproved, Profile: []byte{0, 1, 2, 255}, CreatedAt: moment, UpdatedAt: moment, Version: 1,
	}
}

func testPeople(t *testing.T, s storage.Store) {
	a := somebody("a")
	noNPI := somebody("b")
	noNPI.NPIIndex, noNPI.EmailIndex = nil, nil
	alsoNoNPI := somebody("c")
	alsoNoNPI.NPIIndex = nil
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		people := tx.People()
		for _, p := range []storage.Person{a, noNPI, alsoNoNPI} {
			if err := people.Insert(ctx, p); err != nil {
				return err
			}
		}
		for what, change := range map[string]func(*storage.Person){
			"id":      func(p *storage.Person) { p.ID = "a" },
			"subject": func(p *storage.Person) { p.Subject = a.Subject },
			"user id": func(p *storage.Person) { p.UserIDIndex = a.UserIDIndex },
			"npi":     func(p *storage.Person) { p.NPIIndex = a.NPIIndex },
		} {
			p := somebody("z")
			change(&p)
			want(t, "Insert with a taken "+what, people.Insert(ctx, p), storage.ErrConflict)
		}
		// The transaction is still usable after a conflict.
		found, err := people.ByEmail(ctx, a.EmailIndex, 5)
		if err != nil || len(found) != 2 || found[0].ID != "a" || found[1].ID != "c" {
			t.Errorf("ByEmail = %+v, %v", found, err)
		}
		none, err := people.ByEmail(ctx, []byte("other"), 5)
		if err != nil || len(none) != 0 {
			t.Errorf("ByEmail of another = %+v, %v", none, err)
		}
		for what, get := range map[string]func() (storage.Person, error){
			"Get":       func() (storage.Person, error) { return people.Get(ctx, "a") },
			"BySubject": func() (storage.Person, error) { return people.BySubject(ctx, a.Subject) },
			"ByUserID":  func() (storage.Person, error) { return people.ByUserID(ctx, a.UserIDIndex) },
			"ByNPI":     func() (storage.Person, error) { return people.ByNPI(ctx, a.NPIIndex) },
		} {
			got, err := get()
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			same(t, what, got, a)
		}
		got, err := people.Get(ctx, "b")
		same(t, "without NPI", got, noNPI)
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		changed := a
		changed.State, changed.Profile, changed.UpdatedAt = storage.PersonActive, []byte("new"), moment.Add(time.Hour)
		if err := tx.People().Update(ctx, changed); err != nil {
			return err
		}
		want(t, "Update with an old version", tx.People().Update(ctx, changed), storage.ErrStale)
		changed.Version = 2
		got, err := tx.People().Get(ctx, "a")
		same(t, "after Update", got, changed)
		counts, err2 := tx.People().Count(ctx)
		same(t, "Count", counts, map[storage.PersonState]int64{storage.PersonActive: 1, storage.PersonApproved: 2})
		return errors.Join(err, err2)
	})
}

func testOrdinals(t *testing.T, s storage.Store) {
	var mu sync.Mutex
	seen := map[int64]bool{}
	won, lost := race(func(int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			n, err := tx.People().NextOrdinal(t.Context(), []byte("jsmith"))
			mu.Lock()
			defer mu.Unlock()
			seen[n] = true
			return err
		})
	})
	if won != racers || len(seen) != racers {
		t.Errorf("%d racers drew %d distinct ordinals, errors %v", won, len(seen), lost)
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		n, err := tx.People().NextOrdinal(ctx, []byte("other"))
		same(t, "first ordinal of another stem", n, int64(1))
		return err
	})
}

func testRaceUserID(t *testing.T, s storage.Store) {
	won, lost := race(func(i int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			p := somebody(fmt.Sprint(i))
			p.UserIDIndex = []byte("jsmith")
			return tx.People().Insert(t.Context(), p)
		})
	})
	oneWins(t, won, lost, storage.ErrConflict)
}
