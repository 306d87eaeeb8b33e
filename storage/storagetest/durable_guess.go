package storagetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func testGuesses(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Guesses()
		reserve := func(wantOK bool, failures, against int64) {
			t.Helper()
			g, ok, err := w.Reserve(ctx, "a", 5, 3, moment)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "Reserve", []any{ok, g.Failures, g.Against, g.LastAt}, []any{wantOK, failures, against, moment})
		}
		g, err := w.Get(ctx, "a")
		same(t, "Get of none", g, storage.Guess{})
		if err != nil {
			return err
		}
		reserve(true, 1, 1)
		reserve(true, 2, 2)
		reserve(true, 3, 3)
		reserve(false, 3, 3)
		if err := w.Return(ctx, "a"); err != nil {
			return err
		}
		reserve(true, 3, 3)
		if err := w.Renew(ctx, "a"); err != nil {
			return err
		}
		reserve(true, 4, 1)
		reserve(true, 5, 2)
		reserve(false, 5, 2)
		if err := w.Clear(ctx, "a"); err != nil {
			return err
		}
		if err := w.Return(ctx, "a"); err != nil { // nothing below zero
			return err
		}
		reserve(true, 1, 1)
		return nil
	})
}

// testRaceGuess has many attempts at once, of which no more get through than
// are allowed.
func testRaceGuess(t *testing.T, s storage.Store) {
	won, lost := race(func(int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			_, ok, err := tx.Guesses().Reserve(t.Context(), "a", 10, 100, moment)
			if err == nil && !ok {
				return errNothing
			}
			return err
		})
	})
	if won != 10 {
		t.Errorf("%d attempts of %d got through, want 10; the others: %v", won, racers, lost)
	}
}

func testKnownDevices(t *testing.T, s storage.Store) {
	hash := func(b byte) []byte { return []byte{b, 1, 2} }
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		if err := errors.Join(tx.People().Insert(ctx, somebody("a")), tx.People().Insert(ctx, somebody("b"))); err != nil {
			return err
		}
		w := tx.KnownDevices()
		know := func(person string, b byte, after time.Duration) {
			t.Helper()
			d := storage.KnownDevice{Hash: hash(b), PersonID: person, KnownAt: moment.Add(after), UsedAt: moment.Add(after)}
			if err := w.Know(ctx, d, 3); err != nil {
				t.Fatal(err)
			}
		}
		reserve := func(wantOK bool) {
			t.Helper()
			ok, err := w.Reserve(ctx, hash(1), "a", 2)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "Reserve", ok, wantOK)
		}
		reserve(false)
		know("a", 1, 0)
		know("b", 1, 0)
		reserve(true)
		reserve(true)
		reserve(false)
		if err := w.Return(ctx, hash(1), "a"); err != nil {
			return err
		}
		reserve(true)
		got, err := w.Get(ctx, hash(1), "a")
		same(t, "Get", got, storage.KnownDevice{Hash: hash(1), PersonID: "a", Failures: 2, KnownAt: moment, UsedAt: moment})
		if err != nil {
			return err
		}
		know("a", 1, time.Minute) // a success
		got, err = w.Get(ctx, hash(1), "a")
		same(t, "after a success", got, storage.KnownDevice{Hash: hash(1), PersonID: "a", KnownAt: moment, UsedAt: moment.Add(time.Minute)})
		if err != nil {
			return err
		}
		for b := byte(2); b < 5; b++ {
			know("a", b, time.Hour*time.Duration(b))
		}
		_, err = w.Get(ctx, hash(1), "a")
		want(t, "the one unused for longest", err, storage.ErrNotFound)
		if _, err := w.Get(ctx, hash(4), "a"); err != nil {
			return err
		}
		known, err := w.Known(ctx, hash(1))
		same(t, "known to another", known, true)
		if err != nil {
			return err
		}
		if err := errors.Join(w.Forget(ctx, "a"), w.Forget(ctx, "b")); err != nil {
			return err
		}
		known, err = w.Known(ctx, hash(1))
		same(t, "known after Forget", known, false)
		return err
	})
}
