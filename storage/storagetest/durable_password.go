package storagetest

import (
	"context"
	"errors"
	"fmt"
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
		if err := w.Insert(ctx, p); err != nil {
			return err
		}
		want(t, "second Insert", w.Insert(ctx, p), storage.ErrConflict)
		got, err := w.Get(ctx, "a")
		same(t, "after Insert", got, p)
		if err != nil {
			return err
		}
		did, err := w.Force(ctx, "a", "operator", moment)
		same(t, "Force of a temporary one", did, false)
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Passwords()
		next := storage.Password{PersonID: "a", Kind: storage.PasswordPersonal, Verifier: []byte("new"), Scheme: "argon2id", SetAt: moment.Add(time.Hour), Short: true, Version: 1}
		if err := w.Replace(ctx, next); err != nil {
			return err
		}
		want(t, "Replace of an old version", w.Replace(ctx, next), storage.ErrStale)
		want(t, "Reseal of an old version", w.Reseal(ctx, next), storage.ErrStale)
		want(t, "Remind of an old version", w.Remind(ctx, "a", 1, moment), storage.ErrStale)
		next.Version, next.Verifier, next.Scheme = 2, []byte("again"), "argon2id m=2"
		if err := w.Reseal(ctx, next); err != nil {
			return err
		}
		got, err := w.Get(ctx, "a")
		same(t, "after Replace and Reseal", got, next)
		if err != nil {
			return err
		}
		for i, forced := range []bool{true, false} {
			did, err := w.Force(ctx, "a", []string{"operator", "compromised"}[i], moment.Add(time.Duration(i)*time.Hour))
			if err != nil {
				return err
			}
			same(t, "Force", did, forced)
		}
		if err := w.Remind(ctx, "a", 2, moment.Add(time.Hour)); err != nil {
			return err
		}
		next.ForcedAt, next.ForcedReason, next.RemindAt = moment, "operator", moment.Add(time.Hour)
		got, err = w.Get(ctx, "a")
		same(t, "after Force and Remind", got, next)
		if err != nil {
			return err
		}
		next.Short = false
		if err := w.Replace(ctx, next); err != nil {
			return err
		}
		next.ForcedAt, next.ForcedReason, next.RemindAt, next.Version = time.Time{}, "", time.Time{}, 3
		got, err = w.Get(ctx, "a")
		same(t, "after another Replace", got, next)
		if err != nil {
			return err
		}
		for _, told := range []func() error{
			func() error { next.Untold = false; return w.Reseal(ctx, next) },
			func() error { next.Untold = false; return w.Told(ctx, "a") },
		} {
			next.Untold = true
			if err := w.Reseal(ctx, next); err != nil {
				return err
			}
			got, err = w.Get(ctx, "a")
			same(t, "before they are told", got, next)
			if err := errors.Join(err, told()); err != nil {
				return err
			}
			got, err = w.Get(ctx, "a")
			same(t, "after they are told", got, next)
			if err != nil {
				return err
			}
		}
		next.Untold = true
		if err := w.Replace(ctx, next); err != nil {
			return err
		}
		next.Version = 4
		got, err = w.Get(ctx, "a")
		same(t, "after a Replace by one of another system", got, next)
		return errors.Join(err, w.Told(ctx, "nobody"))
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Passwords()
		for _, id := range []string{"b", "c", "d"} {
			kind := storage.PasswordPersonal
			if id == "c" {
				kind = storage.PasswordTemporary
			}
			if err := errors.Join(tx.People().Insert(ctx, somebody(id)),
				w.Insert(ctx, storage.Password{PersonID: id, Kind: kind, Verifier: []byte{1}, Scheme: "s", SetAt: moment})); err != nil {
				return err
			}
		}
		ids := ""
		for after := ""; ; {
			page, err := w.Page(ctx, after, 2)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			for _, p := range page {
				ids += p.PersonID
			}
			after = page[len(page)-1].PersonID
		}
		same(t, "pages of personal passwords", ids, "abd")
		return nil
	})
}

func testFormerPasswords(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		if err := errors.Join(tx.People().Insert(ctx, somebody("a")), tx.People().Insert(ctx, somebody("b"))); err != nil {
			return err
		}
		w := tx.FormerPasswords()
		former := func(id string, version int64) storage.FormerPassword {
			return storage.FormerPassword{PersonID: id, Version: version, Verifier: fmt.Append(nil, version), Scheme: "s", SetAt: moment}
		}
		for version := range int64(5) {
			if err := w.Add(ctx, former("a", version+1), 3); err != nil {
				return err
			}
		}
		if err := w.Add(ctx, former("b", 1), 3); err != nil {
			return err
		}
		got, err := w.List(ctx, "a")
		same(t, "the newest three, newest first", got, []storage.FormerPassword{former("a", 5), former("a", 4), former("a", 3)})
		if err != nil {
			return err
		}
		if err := w.Clear(ctx, "a"); err != nil {
			return err
		}
		got, err = w.List(ctx, "a")
		same(t, "after Clear", len(got), 0)
		if err != nil {
			return err
		}
		got, err = w.List(ctx, "b")
		same(t, "of another", len(got), 1)
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
