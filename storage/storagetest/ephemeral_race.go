package storagetest

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// testRaceReserve has many attempts at once, of which no more get through than
// one after the other would.
func testRaceReserve(t *testing.T, e storage.Ephemeral) {
	won, lost := race(func(int) error {
		wait, err := e.Attempts().Reserve(context.WithoutCancel(t.Context()), moment, claim("k"))
		if err == nil && wait > 0 {
			return errNothing
		}
		return err
	})
	if won != 2 {
		t.Errorf("%d attempts got through, want 2; the others: %v", won, lost)
	}
}

func testRaceRedeem(t *testing.T, e storage.Ephemeral) {
	c := someCode("h")
	must(t, e.Codes().Save(t.Context(), c, nil))
	won, lost := race(func(int) error {
		_, err := e.Codes().Redeem(t.Context(), c.Hash, "", moment)
		return err
	})
	oneWins(t, won, lost, storage.ErrUsed)
}

var errNothing = errors.New("nothing was claimed")

func testRaceClaim(t *testing.T, e storage.Ephemeral) {
	must(t, e.Sessions().Create(t.Context(), someSession("s")))
	won, lost := race(func(int) error {
		got, err := e.Sessions().ClaimExpired(t.Context(), moment.Add(time.Hour), time.Minute, 10)
		if err == nil && len(got) == 0 {
			return errNothing
		}
		return err
	})
	oneWins(t, won, lost, errNothing)
}

func testRaceInteraction(t *testing.T, e storage.Ephemeral) {
	i := storage.Interaction{ID: "i", CreatedAt: moment, ExpiresAt: moment.Add(time.Hour), State: []byte("{}")}
	must(t, e.Interactions().Create(t.Context(), i))
	i.Version = 1
	won, lost := race(func(int) error { return e.Interactions().Update(t.Context(), i, moment) })
	oneWins(t, won, lost, storage.ErrStale)
	won, lost = race(func(int) error { return e.Interactions().Take(t.Context(), "i", 2, moment) })
	oneWins(t, won, lost, storage.ErrNotFound)
}

var errMarked = errors.New("marked before")

func testRaceMark(t *testing.T, e storage.Ephemeral) {
	won, lost := race(func(int) error {
		first, err := e.Marks().Set(t.Context(), "k", moment, moment.Add(time.Minute))
		if err == nil && !first {
			return errMarked
		}
		return err
	})
	oneWins(t, won, lost, errMarked)
}

func testRaceAttempt(t *testing.T, e storage.Ephemeral) {
	_, lost := race(func(int) error {
		_, err := e.Attempts().Reserve(context.WithoutCancel(t.Context()), moment, storage.Claim{Key: "k", Forget: time.Hour})
		return err
	})
	all, err := e.Attempts().Get(t.Context(), moment, "k")
	must(t, err)
	if len(lost) > 0 || all[0].Count != racers {
		t.Errorf("%d of %d attempts were counted, errors %v", all[0].Count, racers, lost)
	}
}

var errRemoved = errors.New("removed before")

func testRaceRemove(t *testing.T, e storage.Ephemeral) {
	must(t, e.Sessions().Create(t.Context(), someSession("s")))
	won, lost := race(func(int) error {
		n, err := e.Sessions().Remove(t.Context(), "s")
		if err == nil && n == 0 {
			return errRemoved
		}
		return err
	})
	oneWins(t, won, lost, errRemoved)
}

// testRaceByPeople: who looks for a person's sessions while one begins does not
// make it one that nobody finds.
func testRaceByPeople(t *testing.T, e storage.Ephemeral) {
	ctx := t.Context()
	const rounds = 20
	for round := range rounds {
		_, lost := race(func(i int) error {
			if i%2 == 0 {
				_, err := e.Sessions().ByPeople(ctx, moment, "a")
				return err
			}
			return e.Sessions().Create(ctx, someSession(strconv.Itoa(round)+"-"+strconv.Itoa(i)))
		})
		if len(lost) > 0 {
			t.Fatal(lost)
		}
	}
	found, err := e.Sessions().ByPeople(ctx, moment, "a")
	must(t, err)
	held, err := e.Sessions().Count(ctx)
	must(t, err)
	same(t, "sessions of a person", int64(len(found)), held)
}
