package storagetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func someLogout(id, sessionID string) storage.Logout {
	return storage.Logout{
		ID: id, SessionID: sessionID, ClientID: "portal", PersonID: "a", Subject: "sub", Reason: "idle", State: storage.LogoutPending,
		CreatedAt: moment, NextAt: moment,
	}
}

func testLogouts(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Logouts()
		n, oldest, err := w.Waiting(ctx)
		same(t, "Waiting of none", n, int64(0))
		same(t, "oldest of none", oldest.IsZero(), true)
		later := someLogout("3", "t")
		later.NextAt = moment.Add(time.Minute)
		err = errors.Join(err, w.Insert(ctx, someLogout("1", "s")), w.Insert(ctx, someLogout("2", "t")), w.Insert(ctx, later))
		want(t, "second Insert", w.Insert(ctx, someLogout("1", "s")), storage.ErrConflict)
		return err
	})
	lease := moment.Add(30 * time.Second)
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Logouts()
		claimed, err := w.Claim(ctx, moment, lease, "t", 10)
		if err != nil || len(claimed) != 1 || claimed[0].ID != "2" || !claimed[0].NextAt.Equal(lease) {
			t.Errorf("Claim of a session = %+v, %v", claimed, err)
		}
		claimed, err = w.Claim(ctx, moment, lease, "", 10)
		if err != nil || len(claimed) != 1 || claimed[0].ID != "1" {
			t.Errorf("Claim of all = %+v, %v", claimed, err)
		}
		claimed, err = w.Claim(ctx, moment, lease, "", 10)
		if err != nil || len(claimed) != 0 {
			t.Errorf("Claim of what is leased = %+v, %v", claimed, err)
		}
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Logouts()
		l := someLogout("1", "s")
		l.State, l.Attempts, l.LastStatus, l.LastAnswer = storage.LogoutDelivered, 1, 200, "confirmed"
		l.NextAt, l.SettledAt = moment, moment.Add(time.Second)
		if err := w.Settle(ctx, l); err != nil {
			return err
		}
		want(t, "Settle of what is settled", w.Settle(ctx, l), storage.ErrStale)
		all, err := w.BySession(ctx, "s")
		same(t, "BySession", all, []storage.Logout{l})
		n, oldest, err2 := w.Waiting(ctx)
		same(t, "Waiting", n, int64(2))
		same(t, "oldest", oldest, moment)
		return errors.Join(err, err2)
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Logouts()
		// The lease of the second is over, and the third has become due.
		claimed, err := w.Claim(ctx, moment.Add(time.Minute), moment.Add(2*time.Minute), "", 1)
		same(t, "bounded Claim", len(claimed), 1)
		n, err2 := w.Purge(ctx, moment.Add(time.Second), 10)
		same(t, "Purge before it was settled", n, int64(0))
		n, err3 := w.Purge(ctx, moment.Add(time.Minute), 10)
		same(t, "Purge", n, int64(1))
		return errors.Join(err, err2, err3)
	})
}

// testRaceLogout: of many workers each line goes to exactly one.
func testRaceLogout(t *testing.T, s storage.Store) {
	const lines = 20
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for i := range lines {
			if err := tx.Logouts().Insert(ctx, someLogout(string(rune('a'+i)), "s")); err != nil {
				return err
			}
		}
		return nil
	})
	var (
		mu   sync.Mutex
		seen = map[string]int{}
		wg   sync.WaitGroup
	)
	for range racers {
		wg.Go(func() {
			for range lines {
				var claimed []storage.Logout
				err := s.Tx(t.Context(), func(tx storage.Tx) (err error) {
					claimed, err = tx.Logouts().Claim(t.Context(), moment, moment.Add(time.Minute), "", 3)
					return err
				})
				if errors.Is(err, storage.ErrUnavailable) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, l := range claimed {
					seen[l.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	same(t, "lines claimed", len(seen), lines)
	for id, n := range seen {
		if n != 1 {
			t.Errorf("line %s went to %d workers", id, n)
		}
	}
}
