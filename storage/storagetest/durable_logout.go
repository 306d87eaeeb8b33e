package storagetest

import (
	"context"
	"errors"
	"slices"
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
		again := someLogout("1", "another")
		again.Reason = "another"
		return errors.Join(err, w.Enter(ctx, someLogout("1", "s"), someLogout("2", "t"), later), w.Enter(ctx, again), w.Enter(ctx))
	})
	lease := moment.Add(30 * time.Second)
	due := func(at time.Time, want ...string) {
		t.Helper()
		in(t, s, func(ctx context.Context, tx storage.Tx) error {
			got, err := tx.Logouts().Due(ctx, at)
			slices.Sort(got)
			same(t, "Due", got, want)
			return err
		})
	}
	due(moment.Add(-time.Second))
	due(moment, "portal")
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Logouts()
		claimed, err := w.ClaimSession(ctx, "t", moment, lease)
		if err != nil || len(claimed) != 1 || claimed[0].ID != "2" || !claimed[0].NextAt.Equal(lease) {
			t.Errorf("Claim of a session = %+v, %v", claimed, err)
		}
		claimed, err = w.Claim(ctx, "another", moment, lease, 10)
		if err != nil || len(claimed) != 0 {
			t.Errorf("Claim of another's = %+v, %v", claimed, err)
		}
		claimed, err = w.Claim(ctx, "portal", moment, lease, 10)
		if err != nil || len(claimed) != 1 || claimed[0].ID != "1" {
			t.Errorf("Claim of all = %+v, %v", claimed, err)
		}
		claimed, err = w.Claim(ctx, "portal", moment, lease, 10)
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
		settled, err0 := w.Settle(ctx, someLogout("none", "s"), l)
		same(t, "Settle", settled, []string{"1"})
		again := l
		again.LastAnswer = "again"
		settled, err3 := w.Settle(ctx, again)
		same(t, "Settle of what is settled", len(settled), 0)
		settled, err4 := w.Settle(ctx)
		same(t, "Settle of nothing", len(settled), 0)
		all, err := w.BySession(ctx, "s")
		same(t, "BySession", all, []storage.Logout{l})
		n, oldest, err2 := w.Waiting(ctx)
		same(t, "Waiting", n, int64(2))
		same(t, "oldest", oldest, moment)
		return errors.Join(err0, err, err2, err3, err4)
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Logouts()
		// The lease of the second is over, and the third has become due.
		claimed, err := w.Claim(ctx, "portal", moment.Add(time.Minute), moment.Add(2*time.Minute), 1)
		same(t, "bounded Claim", len(claimed), 1)
		n, err2 := w.Purge(ctx, moment.Add(time.Second), 10)
		same(t, "Purge before it was settled", n, int64(0))
		n, err3 := w.Purge(ctx, moment.Add(time.Minute), 10)
		same(t, "Purge", n, int64(1))
		return errors.Join(err, err2, err3)
	})
}

// testLogoutList: pages of a client's lines, and lines that are asked for again.
func testLogoutList(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Logouts()
		var err error
		for i, id := range []string{"1", "2", "3", "4"} {
			l := someLogout(id, "s")
			l.CreatedAt = moment.Add(time.Duration(i/2) * time.Second)
			if id == "4" {
				l.ClientID = "another"
			}
			if id == "2" || id == "4" {
				l.PersonID = "q"
			}
			err = errors.Join(err, w.Enter(ctx, l))
		}
		done := someLogout("2", "s")
		done.State, done.SettledAt = storage.LogoutDelivered, moment
		refused := someLogout("3", "s")
		refused.State, refused.SettledAt = storage.LogoutRefused, moment
		settled, err2 := w.Settle(ctx, done, refused)
		slices.Sort(settled)
		same(t, "Settle", settled, []string{"2", "3"})
		return errors.Join(err, err2)
	})
	list := func(of storage.LogoutFilter, after storage.LogoutPlace, limit int, want string) {
		t.Helper()
		in(t, s, func(ctx context.Context, tx storage.Tx) error {
			all, err := tx.Logouts().List(ctx, of, after, limit)
			got := ""
			for _, l := range all {
				got += l.ID
			}
			same(t, "List", got, want)
			return err
		})
	}
	var start storage.LogoutPlace
	list(storage.LogoutFilter{}, start, 10, "4321")
	list(storage.LogoutFilter{State: storage.LogoutPending}, storage.LogoutPlace{At: moment.Add(time.Second), ID: "4"}, 10, "1")
	list(storage.LogoutFilter{ClientID: "portal"}, start, 2, "32")
	list(storage.LogoutFilter{ClientID: "portal"}, storage.LogoutPlace{At: moment, ID: "2"}, 2, "1")
	list(storage.LogoutFilter{ClientID: "portal", State: storage.LogoutRefused}, start, 10, "3")
	list(storage.LogoutFilter{PersonID: "q"}, start, 10, "42")
	list(storage.LogoutFilter{PersonID: "q"}, storage.LogoutPlace{At: moment.Add(time.Second), ID: "4"}, 1, "2")
	list(storage.LogoutFilter{PersonID: "q", ClientID: "another"}, start, 10, "4")
	list(storage.LogoutFilter{PersonID: "q", State: storage.LogoutDelivered}, start, 10, "2")
	list(storage.LogoutFilter{PersonID: "nobody"}, start, 10, "")
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Logouts()
		at := moment.Add(time.Hour)
		_, err := w.Redeliver(ctx, "nothing", at)
		want(t, "Redeliver of nothing", err, storage.ErrNotFound)
		l, err := w.Redeliver(ctx, "3", at)
		same(t, "asked", l.State == storage.LogoutPending && l.AskedAt.Equal(at) && l.NextAt.Equal(at) && l.SettledAt.IsZero(), true)
		read, err2 := w.Get(ctx, "3")
		same(t, "Get", read, l)
		_, missing := w.Get(ctx, "nothing")
		want(t, "Get of nothing", missing, storage.ErrNotFound)
		return errors.Join(err, err2)
	})
}

// testLogoutEnd: what waits too long is given up, what waits for its turn is
// brought forward.
func testLogoutEnd(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Logouts()
		old, asked, leased, fresh := someLogout("1", "s"), someLogout("2", "s"), someLogout("3", "s"), someLogout("4", "s")
		asked.AskedAt = moment.Add(time.Hour)
		leased.NextAt = moment.Add(2 * time.Hour)
		leased.Attempts = 2
		fresh.CreatedAt, fresh.NextAt = moment.Add(time.Minute), moment.Add(2*time.Hour)
		err := w.Enter(ctx, old, asked, leased, fresh)
		at := moment.Add(time.Hour)
		given, err2 := w.GiveUp(ctx, moment, at, 10)
		if len(given) != 1 || given[0].ID != "1" || given[0].State != storage.LogoutGaveUp || !given[0].SettledAt.Equal(at) {
			t.Errorf("GiveUp = %+v", given)
		}
		err3 := w.Hasten(ctx, "portal", at, at)
		tried, err4 := w.Get(ctx, "3")
		untried, err5 := w.Get(ctx, "4")
		same(t, "Hasten", tried.NextAt.Equal(at) && untried.NextAt.Equal(fresh.NextAt), true)
		return errors.Join(err, err2, err3, err4, err5)
	})
}

// testRaceLogout: of many workers each line goes to exactly one.
func testRaceLogout(t *testing.T, s storage.Store) {
	const lines = 20
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for i := range lines {
			if err := tx.Logouts().Enter(ctx, someLogout(string(rune('a'+i)), "s")); err != nil {
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
					claimed, err = tx.Logouts().Claim(t.Context(), "portal", moment, moment.Add(time.Minute), 3)
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
