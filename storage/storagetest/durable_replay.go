package storagetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func testReplays(t *testing.T, s storage.Store) {
	one := storage.Replay{ID: "one", Request: []byte("hash"), CreatedAt: moment, ExpiresAt: moment.Add(time.Hour)}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.Replays().Get(ctx, "one", moment)
		want(t, "Get", err, storage.ErrNotFound)
		want(t, "Answer", tx.Replays().Answer(ctx, "one", []byte("x")), storage.ErrNotFound)
		must(t, tx.Replays().Insert(ctx, one))
		want(t, "Insert again", tx.Replays().Insert(ctx, one), storage.ErrConflict)
		got, err := tx.Replays().Get(ctx, "one", moment)
		must(t, err)
		same(t, "before the answer", got, one)
		must(t, tx.Replays().Answer(ctx, "one", []byte("answer")))
		got, err = tx.Replays().Get(ctx, "one", one.ExpiresAt.Add(-time.Microsecond))
		must(t, err)
		same(t, "the answer", string(got.Answer), "answer")
		_, err = tx.Replays().Get(ctx, "one", one.ExpiresAt)
		want(t, "Get of what has expired", err, storage.ErrNotFound)
		next := one
		next.CreatedAt, next.ExpiresAt = one.ExpiresAt, one.ExpiresAt.Add(time.Hour)
		must(t, tx.Replays().Insert(ctx, next)) // the key is free again
		got, err = tx.Replays().Get(ctx, "one", next.CreatedAt)
		must(t, err)
		same(t, "anew", got, next)
		for i, want := range []struct {
			at time.Time
			n  int64
		}{{next.ExpiresAt.Add(-time.Microsecond), 0}, {next.ExpiresAt, 1}, {next.ExpiresAt, 0}} {
			n, err := tx.Replays().Purge(ctx, want.at, 10)
			must(t, err)
			same(t, fmt.Sprint("Purge ", i), n, want.n)
		}
		return nil
	})
}

func testRaceReplay(t *testing.T, s storage.Store) {
	won, lost := race(func(int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			return tx.Replays().Insert(t.Context(), storage.Replay{ID: "one", Request: []byte("hash"), CreatedAt: moment, ExpiresAt: moment.Add(time.Hour)})
		})
	})
	oneWins(t, won, lost, storage.ErrConflict)
}
