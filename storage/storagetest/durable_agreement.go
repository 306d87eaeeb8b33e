package storagetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func testAgreements(t *testing.T, s storage.Store) {
	a := storage.Agreement{
		Audience: "everyone", Version: "2026-01", Language: "en", Text: []byte("# Use\n\u2014 \x00 and all"), Hash: []byte{1, 2},
		EffectiveAt: moment, Grace: 36 * time.Hour, PublishedAt: moment.Add(-time.Hour),
	}
	later := a
	later.Version, later.EffectiveAt = "2025-12", moment.Add(time.Hour)
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.Agreements().Get(ctx, "everyone", "2026-01", "en")
		want(t, "Get of none", err, storage.ErrNotFound)
		if err := tx.Agreements().Publish(ctx, later); err != nil {
			return err
		}
		return tx.Agreements().Publish(ctx, a)
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		other := a
		other.Text, other.Hash = []byte("another"), []byte{3}
		want(t, "a version again", tx.Agreements().Publish(ctx, other), storage.ErrConflict)
		got, err := tx.Agreements().Get(ctx, "everyone", "2026-01", "en")
		same(t, "Get", got, a)
		_, absent := tx.Agreements().Get(ctx, "everyone", "2026-01", "e\x00")
		want(t, "Get of text that cannot be stored", absent, storage.ErrNotFound)
		all, err2 := tx.Agreements().Published(ctx)
		bare, bareLater := a, later
		bare.Text, bareLater.Text = nil, nil
		same(t, "Published, in the order of effect", all, []storage.Agreement{bare, bareLater})
		if err == nil {
			err = err2
		}
		return err
	})

	yes := storage.Acceptance{
		ID: "1", PersonID: "p", Audience: "everyone", Version: "2026-01", Language: "en", Hash: []byte{1, 2},
		InteractionID: "i", SessionID: "s", AcceptedAt: moment,
	}
	second := yes
	second.ID, second.SessionID, second.AcceptedAt = "0", "", moment.Add(time.Minute)
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		if err := tx.Agreements().Accept(ctx, second); err != nil {
			return err
		}
		if err := tx.Agreements().Accept(ctx, yes); err != nil {
			return err
		}
		want(t, "an ID again", tx.Agreements().Accept(ctx, yes), storage.ErrConflict)
		got, err := tx.Agreements().Accepted(ctx, "p")
		same(t, "Accepted", got, []storage.Acceptance{yes, second})
		one, err2 := tx.Agreements().Acceptance(ctx, "p", "1")
		same(t, "Acceptance", one, yes)
		_, foreign := tx.Agreements().Acceptance(ctx, "q", "1")
		want(t, "Acceptance of somebody else", foreign, storage.ErrNotFound)
		if err == nil {
			err = err2
		}
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		n, err := tx.Agreements().Withdraw(ctx, "p", moment.Add(time.Hour))
		same(t, "Withdraw", n, int64(2))
		again, err2 := tx.Agreements().Withdraw(ctx, "p", moment.Add(2*time.Hour))
		same(t, "Withdraw again", again, int64(0))
		got, err3 := tx.Agreements().Accepted(ctx, "p")
		yes.WithdrawnAt, second.WithdrawnAt = moment.Add(time.Hour), moment.Add(time.Hour)
		same(t, "Accepted", got, []storage.Acceptance{yes, second})
		for _, e := range []error{err2, err3} {
			if err == nil {
				err = e
			}
		}
		return err
	})
}

func testUnaccepted(t *testing.T, s storage.Store) {
	people := []storage.Person{}
	for i, id := range []string{"a", "b", "c", "d"} {
		people = append(people, storage.Person{
			ID: id, Subject: "s" + id, UserIDIndex: []byte(id), State: storage.PersonActive, Profile: []byte{byte(i)}, CreatedAt: moment, UpdatedAt: moment, Version: 1,
		})
	}
	people[1].State = storage.PersonClosed
	yes := func(id, version string) storage.Acceptance {
		return storage.Acceptance{ID: id + version, PersonID: id, Audience: "everyone", Version: version, Language: "en", Hash: []byte{1}, AcceptedAt: moment}
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for _, p := range people {
			if err := tx.People().Insert(ctx, p); err != nil {
				return err
			}
		}
		if err := tx.Agreements().Accept(ctx, yes("a", "1")); err != nil {
			return err
		}
		return tx.Agreements().Accept(ctx, yes("c", "2"))
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for _, c := range []struct {
			after       string
			look, limit int
			found       []storage.Person
			last        string
		}{
			{"", 10, 10, people[2:4], ""},
			{"", 10, 1, people[2:3], "c"}, // the page is full
			{"c", 10, 2, people[3:4], ""},
			{"", 1, 10, nil, "a"}, // who was looked at has accepted
			{"", 2, 10, people[2:3], "c"},
			{"a", 1, 10, people[2:3], "c"},
			{"c", 1, 10, people[3:4], "d"},
			{"d", 1, 10, nil, ""},
		} {
			found, last, err := tx.Agreements().Unaccepted(ctx, "everyone", "1", c.after, c.look, c.limit)
			if err != nil {
				return err
			}
			what := fmt.Sprintf("after %q, of %d, up to %d", c.after, c.look, c.limit)
			same(t, what, found, c.found)
			same(t, "the last, "+what, last, c.last)
		}
		return nil
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		if _, err := tx.Agreements().Withdraw(ctx, "a", moment); err != nil {
			return err
		}
		all, _, err := tx.Agreements().Unaccepted(ctx, "everyone", "1", "", 10, 10)
		same(t, "Unaccepted, after one was taken back", all, []storage.Person{people[0], people[2], people[3]})
		return err
	})
}
