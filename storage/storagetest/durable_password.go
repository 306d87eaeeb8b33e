package storagetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func testPasswords(t *testing.T, s storage.Store) {
	p := storage.Password{
		PersonID: "a", Kind: storage.PasswordTemporary, Verifier: []byte{9}, Scheme: "sha256",
		SetAt: moment, ExpiresAt: moment.Add(72 * time.Hour), Version: 1,
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		if err := tx.People().Insert(ctx, somebody("a")); err != nil {
			return err
		}
		w := tx.Passwords()
		_, err := w.Get(ctx, "a")
		want(t, "Get before Insert", err, storage.ErrNotFound)
		_, err = w.Fail(ctx, "a", moment)
		want(t, "Fail before Insert", err, storage.ErrNotFound)
		if err := w.Insert(ctx, p); err != nil {
			return err
		}
		want(t, "second Insert", w.Insert(ctx, p), storage.ErrConflict)
		for i := range int64(3) {
			n, err := w.Fail(ctx, "a", moment.Add(time.Minute))
			if err != nil {
				return err
			}
			same(t, "Fail", n, i+1)
		}
		failed := p
		failed.Failures, failed.LastFailureAt = 3, moment.Add(time.Minute)
		got, err := w.Get(ctx, "a")
		same(t, "after failures", got, failed)
		if err != nil {
			return err
		}
		if err := w.ClearFailures(ctx, "a"); err != nil {
			return err
		}
		got, err = w.Get(ctx, "a")
		same(t, "after ClearFailures", got, p)
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Passwords()
		next := storage.Password{PersonID: "a", Kind: storage.PasswordPersonal, Verifier: []byte("new"), Scheme: "argon2id", SetAt: moment.Add(time.Hour), Version: 1}
		if _, err := w.Fail(ctx, "a", moment); err != nil {
			return err
		}
		if err := w.Replace(ctx, next); err != nil {
			return err
		}
		want(t, "Replace of an old version", w.Replace(ctx, next), storage.ErrStale)
		want(t, "Reseal of an old version", w.Reseal(ctx, next), storage.ErrStale)
		next.Version, next.Verifier, next.Scheme = 2, []byte("again"), "argon2id m=2"
		if err := w.Reseal(ctx, next); err != nil {
			return err
		}
		got, err := w.Get(ctx, "a")
		same(t, "after Replace and Reseal", got, next)
		return err
	})
}

func testRacePassword(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		return errors.Join(tx.People().Insert(ctx, somebody("a")),
			tx.Passwords().Insert(ctx, storage.Password{PersonID: "a", Kind: storage.PasswordTemporary, Verifier: []byte("t")}))
	})
	won, lost := race(func(int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			return tx.Passwords().Replace(t.Context(), storage.Password{PersonID: "a", Kind: storage.PasswordPersonal, Verifier: []byte("p"), Version: 1})
		})
	})
	oneWins(t, won, lost, storage.ErrStale)
}
