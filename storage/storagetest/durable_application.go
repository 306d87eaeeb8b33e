package storagetest

import (
	"context"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func application(id string, npi []byte, at time.Time) storage.Application {
	return storage.Application{
		ID: id, State: storage.ApplicationSubmitted, Source: "form", Profile: []byte{1, 2}, NPIIndex: npi,
		SubmittedBy: "applicant", SubmittedAt: at, Version: 1,
	}
}

func testApplications(t *testing.T, s storage.Store) {
	first, second := application("b", []byte("npi"), moment), application("a", nil, moment.Add(time.Second))
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.Applications().Get(ctx, "b")
		want(t, "Get of none", err, storage.ErrNotFound)
		if err := tx.Applications().Insert(ctx, first); err != nil {
			return err
		}
		want(t, "the same ID", tx.Applications().Insert(ctx, application("b", nil, moment)), storage.ErrConflict)
		want(t, "the same NPI", tx.Applications().Insert(ctx, application("c", []byte("npi"), moment)), storage.ErrConflict)
		return tx.Applications().Insert(ctx, second)
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		got, err := tx.Applications().Get(ctx, "b")
		same(t, "Get", got, first)
		if err != nil {
			return err
		}
		all, err := tx.Applications().List(ctx, storage.ApplicationSubmitted, storage.Application{}, 10)
		same(t, "List", all, []storage.Application{first, second})
		if err != nil {
			return err
		}
		rest, err := tx.Applications().List(ctx, storage.ApplicationSubmitted, first, 10)
		same(t, "List after the first", rest, []storage.Application{second})
		return err
	})
	decided := first
	decided.State, decided.DecidedBy, decided.DecidedAt, decided.Reason = storage.ApplicationRejected, "operator", moment.Add(time.Hour), "duplicate"
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		stale := decided
		stale.Version = 7
		want(t, "Decide with another version", tx.Applications().Decide(ctx, stale), storage.ErrStale)
		if err := tx.Applications().Decide(ctx, decided); err != nil {
			return err
		}
		decided.Version = 2
		want(t, "Decide again", tx.Applications().Decide(ctx, decided), storage.ErrStale)
		got, err := tx.Applications().Get(ctx, "b")
		same(t, "decided", got, decided)
		if err != nil {
			return err
		}
		// The NPI of a rejected application is free for another one.
		if err := tx.Applications().Insert(ctx, application("c", []byte("npi"), moment)); err != nil {
			return err
		}
		n, oldest, err := tx.Applications().Waiting(ctx)
		same(t, "Waiting", n, int64(2))
		same(t, "the oldest that waits", oldest, moment)
		if err != nil {
			return err
		}
		n, err = tx.Applications().WaitingOf(ctx, "applicant")
		same(t, "WaitingOf", n, int64(2))
		if err != nil {
			return err
		}
		n, err = tx.Applications().WaitingOf(ctx, "client:x")
		same(t, "WaitingOf somebody else", n, int64(0))
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		none, err := tx.Applications().Purge(ctx, decided.DecidedAt, 10)
		same(t, "Purge of what is not older", none, int64(0))
		if err != nil {
			return err
		}
		n, err := tx.Applications().Purge(ctx, decided.DecidedAt.Add(time.Microsecond), 10)
		same(t, "Purge", n, int64(1))
		return err
	})
}

func testRaceApplication(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		return tx.Applications().Insert(ctx, application("a", nil, moment))
	})
	won, lost := race(func(i int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			a := application("a", nil, moment)
			a.State, a.DecidedAt = storage.ApplicationApproved, moment
			if i%2 == 0 {
				a.State = storage.ApplicationRejected
			}
			return tx.Applications().Decide(t.Context(), a)
		})
	})
	oneWins(t, won, lost, storage.ErrStale)
}
