package storagetest

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func initial(id string, uses int64) storage.InitialToken {
	return storage.InitialToken{
		ID: id, SHA256: []byte("hash of " + id), Note: "for the clinic", Scopes: []string{"openid", "email"},
		MaxUses: uses, CreatedAt: moment, ExpiresAt: moment.Add(time.Hour),
	}
}

func testInitialTokens(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		tokens := tx.InitialTokens()
		if err := errors.Join(tokens.Insert(ctx, initial("a", 2)), tokens.Insert(ctx, initial("b", 1))); err != nil {
			return err
		}
		want(t, "second Insert", tokens.Insert(ctx, initial("a", 2)), storage.ErrConflict)
		got, err := tokens.ByHash(ctx, []byte("hash of a"))
		same(t, "ByHash", got, initial("a", 2))
		_, none := tokens.ByHash(ctx, []byte("hash of c"))
		want(t, "ByHash of none", none, storage.ErrNotFound)

		want(t, "Use when expired", tokens.Use(ctx, "a", moment.Add(time.Hour)), storage.ErrUsed)
		want(t, "Use of none", tokens.Use(ctx, "c", moment), storage.ErrUsed)
		if err := errors.Join(err, tokens.Use(ctx, "a", moment), tokens.Use(ctx, "a", moment.Add(time.Minute))); err != nil {
			return err
		}
		want(t, "third Use of two", tokens.Use(ctx, "a", moment), storage.ErrUsed)

		did, err := tokens.Revoke(ctx, "b", moment)
		same(t, "Revoke", did, true)
		again, err2 := tokens.Revoke(ctx, "b", moment)
		same(t, "second Revoke", again, false)
		want(t, "Use when revoked", tokens.Use(ctx, "b", moment), storage.ErrUsed)

		a, b := initial("a", 2), initial("b", 1)
		a.Uses, b.RevokedAt = 2, moment
		all, err3 := tokens.List(ctx, "", 10)
		same(t, "List", all, []storage.InitialToken{a, b})
		rest, err4 := tokens.List(ctx, "a", 10)
		same(t, "List after", rest, []storage.InitialToken{b})
		n, err5 := tokens.Purge(ctx, moment.Add(time.Hour), 10)
		same(t, "purged too early", n, int64(0))
		n, err6 := tokens.Purge(ctx, moment.Add(2*time.Hour), 1)
		same(t, "purged", n, int64(1))
		return errors.Join(err, err2, err3, err4, err5, err6)
	})
}

func testRaceInitialUse(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error { return tx.InitialTokens().Insert(ctx, initial("a", 1)) })
	won, lost := race(func(int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error { return tx.InitialTokens().Use(t.Context(), "a", moment) })
	})
	oneWins(t, won, lost, storage.ErrUsed)
}

func testRegistrations(t *testing.T, s storage.Store) {
	r := storage.Registration{
		ClientID: "app", TokenSHA256: []byte{1, 2}, InitialToken: "a", Scopes: []string{"openid"}, RegisteredAt: moment, UsedAt: moment,
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all := tx.Registrations()
		if err := errors.Join(all.Lock(ctx), all.Insert(ctx, r)); err != nil {
			return err
		}
		want(t, "second Insert", all.Insert(ctx, r), storage.ErrConflict)
		got, err := all.Get(ctx, "app")
		same(t, "Get", got, r)
		_, none := all.Get(ctx, "other")
		want(t, "Get of none", none, storage.ErrNotFound)
		want(t, "Rotate of an old token", all.Rotate(ctx, "app", []byte{9}, []byte{3}), storage.ErrStale)
		return errors.Join(err, all.Rotate(ctx, "app", []byte{1, 2}, []byte{3}))
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all := tx.Registrations()
		later := moment.Add(time.Hour)
		err := errors.Join(all.Touch(ctx, "app", later), all.Touch(ctx, "app", moment), all.Touch(ctx, "other", later))
		r.TokenSHA256, r.UsedAt = []byte{3}, later
		got, err2 := all.Get(ctx, "app")
		same(t, "after Touch", got, r)
		ids, err3 := all.Unused(ctx, later, 10)
		same(t, "unused", len(ids), 0)
		ids, err4 := all.Unused(ctx, later.Add(time.Second), 10)
		same(t, "unused later", ids, []string{"app"})
		n, err5 := all.Count(ctx)
		same(t, "Count", n, int64(1))
		did, err6 := all.Remove(ctx, "app")
		same(t, "Remove", did, true)
		again, err7 := all.Remove(ctx, "app")
		same(t, "second Remove", again, false)
		return errors.Join(err, err2, err3, err4, err5, err6, err7)
	})
}

// testRaceRegistration: behind Lock no more are counted than may be.
func testRaceRegistration(t *testing.T, s storage.Store) {
	full := errors.New("full")
	won, lost := race(func(i int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			all := tx.Registrations()
			if err := all.Lock(t.Context()); err != nil {
				return err
			}
			n, err := all.Count(t.Context())
			if err != nil {
				return err
			}
			if n >= 1 {
				return full
			}
			return all.Insert(t.Context(), storage.Registration{ClientID: strconv.Itoa(i), TokenSHA256: []byte{1}})
		})
	})
	oneWins(t, won, lost, full)
}
