package storagetest

import (
	"context"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func anApproval(id string) storage.Approval {
	return storage.Approval{
		ID: id, Act: "end-all-sessions", Digest: []byte("digest of " + id), Shown: []byte("sealed"), State: storage.ApprovalPending, Asker: "{}", AskerID: "client:boss",
		PersonID: "somebody", Reason: "incident", AskedAt: moment, ExpiresAt: moment.Add(time.Hour), Version: 1,
	}
}

func testApprovals(t *testing.T, s storage.Store) {
	one := anApproval("one")
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.Approvals().Get(ctx, "one")
		want(t, "Get", err, storage.ErrNotFound)
		_, err = tx.Approvals().Open(ctx, one.Digest)
		want(t, "Open", err, storage.ErrNotFound)
		must(t, tx.Approvals().Insert(ctx, one))
		again := one
		again.ID = "again"
		want(t, "Insert of the same while it is open", tx.Approvals().Insert(ctx, again), storage.ErrConflict)
		got, err := tx.Approvals().Get(ctx, "one")
		must(t, err)
		same(t, "as it was asked for", got, one)
		n, err := tx.Approvals().Count(ctx, "client:boss")
		must(t, err)
		same(t, "open ones", n, int64(1))

		want(t, "Move from a state that it is not in", tx.Approvals().Move(ctx, one, storage.ApprovalApproved), storage.ErrStale)
		one.State, one.Decider, one.DecidedReason, one.DecidedAt = storage.ApprovalApproved, `{"id":"other"}`, "seen", moment.Add(time.Minute)
		must(t, tx.Approvals().Move(ctx, one, storage.ApprovalPending))
		want(t, "Move at an old version", tx.Approvals().Move(ctx, one, storage.ApprovalApproved), storage.ErrStale)
		one.Version++
		got, err = tx.Approvals().Open(ctx, one.Digest)
		must(t, err)
		same(t, "approved", got, one)
		for at, want := range map[time.Time]int{one.ExpiresAt.Add(-time.Microsecond): 0, one.ExpiresAt: 1} {
			due, err := tx.Approvals().Overdue(ctx, at, 10)
			must(t, err)
			same(t, "Overdue", len(due), want)
		}
		one.State, one.EndedAt = storage.ApprovalDone, moment.Add(2*time.Minute)
		must(t, tx.Approvals().Move(ctx, one, storage.ApprovalApproved))
		one.Version++
		want(t, "Move of what is over", tx.Approvals().Move(ctx, one, storage.ApprovalDone), storage.ErrStale)
		_, err = tx.Approvals().Open(ctx, one.Digest)
		want(t, "Open of what is over", err, storage.ErrNotFound)
		must(t, tx.Approvals().Insert(ctx, again)) // the same may be asked for anew
		due, err := tx.Approvals().Overdue(ctx, one.ExpiresAt, 10)
		must(t, err)
		same(t, "Overdue leaves what is over", ids(due), []string{"again"})

		for name, list := range map[string]struct {
			state storage.ApprovalState
			after string
			limit int
			want  []string
		}{
			"all": {"", "", 10, []string{"again", "one"}}, "the first": {"", "", 1, []string{"again"}}, "after it": {"", "again", 10, []string{"one"}},
			"pending": {storage.ApprovalPending, "", 10, []string{"again"}}, "rejected": {storage.ApprovalRejected, "", 10, nil},
		} {
			found, err := tx.Approvals().List(ctx, list.state, list.after, list.limit)
			must(t, err)
			same(t, "List "+name, ids(found), list.want)
		}
		for _, c := range []struct {
			before time.Time
			want   int64
		}{{one.EndedAt, 0}, {one.EndedAt.Add(time.Microsecond), 1}, {moment.Add(time.Hour), 0}} {
			n, err := tx.Approvals().Purge(ctx, c.before, 10)
			must(t, err)
			same(t, "Purge", n, c.want)
		}
		return nil
	})
}

func ids(all []storage.Approval) (out []string) {
	for _, a := range all {
		out = append(out, a.ID)
	}
	return out
}

func testRaceApproval(t *testing.T, s storage.Store) {
	one := anApproval("one")
	in(t, s, func(ctx context.Context, tx storage.Tx) error { return tx.Approvals().Insert(ctx, one) })
	one.State, one.EndedAt = storage.ApprovalRejected, moment
	won, lost := race(func(int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error { return tx.Approvals().Move(t.Context(), one, storage.ApprovalPending) })
	})
	oneWins(t, won, lost, storage.ErrStale)
}
