package storagetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func testJobs(t *testing.T, s storage.Store) {
	one := storage.Job{ID: "j1", Kind: "k", Digest: "d", State: storage.JobQueued, Options: "{}", Actor: "{}", Counts: "{}", Total: 9, CreatedAt: moment, UpdatedAt: moment}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Jobs()
		err := w.Insert(ctx, one)
		twin, other := one, one
		twin.ID, other.ID, other.Digest, other.CreatedAt = "j2", "j0", "e", moment.Add(time.Second)
		want(t, "the same again", w.Insert(ctx, twin), storage.ErrConflict)
		err2 := w.Insert(ctx, other)
		for i, text := range []string{"a", "b", "c"} {
			err = errors.Join(err, w.PutPart(ctx, "j1", storage.JobInput, int64(i), []byte(text)))
		}
		parts, err3 := w.Parts(ctx, "j1", storage.JobInput, 1, 1)
		same(t, "Parts", parts, [][]byte{[]byte("b")})
		all, err4 := w.List(ctx, "j0", 9)
		if len(all) != 1 || all[0].ID != "j1" {
			t.Errorf("List = %+v", all)
		}
		return errors.Join(err, err2, err3, err4)
	})
	until := moment.Add(time.Minute)
	var running storage.Job
	in(t, s, func(ctx context.Context, tx storage.Tx) (err error) {
		running, err = tx.Jobs().Claim(ctx, moment, until)
		if running.ID != "j1" || running.State != storage.JobRunning || running.Version != 2 {
			t.Errorf("Claim = %+v", running)
		}
		second, err2 := tx.Jobs().Claim(ctx, moment, until)
		if second.ID != "j0" {
			t.Errorf("the second Claim = %+v", second)
		}
		_, err3 := tx.Jobs().Claim(ctx, moment, until)
		want(t, "nothing left", err3, storage.ErrNotFound)
		again, err4 := tx.Jobs().Claim(ctx, until, until.Add(time.Minute))
		if again.ID != "j1" || again.Version != 3 {
			t.Errorf("after the lease: %+v", again)
		}
		want(t, "who was too slow", tx.Jobs().Save(ctx, running), storage.ErrStale)
		running = again
		return errors.Join(err, err2, err4)
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Jobs()
		want(t, "Cancel of another version", w.Cancel(ctx, "j1", 1, moment), storage.ErrStale)
		err := w.Cancel(ctx, "j1", running.Version, moment)
		want(t, "Save after Cancel", w.Save(ctx, running), storage.ErrStale)
		found, err2 := w.Get(ctx, "j1")
		if !found.Cancelled {
			t.Errorf("Get = %+v", found)
		}
		found.State, found.FinishedAt, found.Done = storage.JobCancelled, moment, 5
		err3 := errors.Join(w.Save(ctx, found), w.DropParts(ctx, "j1", storage.JobInput))
		want(t, "Cancel of what is over", w.Cancel(ctx, "j1", found.Version+1, moment), storage.ErrStale)
		_, err4 := w.Claim(ctx, moment.Add(time.Hour), until)
		twin := one
		twin.ID = "j3"
		err5 := w.Insert(ctx, twin) // the one before is over
		n, err6 := w.Purge(ctx, moment.Add(time.Second), 9)
		same(t, "Purge", n, int64(1))
		_, gone := w.Get(ctx, "j1")
		want(t, "purged", gone, storage.ErrNotFound)
		return errors.Join(err, err2, err3, err4, err5, err6)
	})
}
