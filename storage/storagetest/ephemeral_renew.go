package storagetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func testRenew(t *testing.T, e storage.Ephemeral) {
	ctx, w, s := t.Context(), e.Sessions(), someSession("s")
	renewal := storage.Renewal{
		SessionID: "s", At: moment.Add(time.Minute), Was: s.SecretHash, SecretHash: []byte{4, 5, 6},
		AuthTime: moment.Add(time.Minute), ACR: "urn:y", AMR: []string{"pwd", "otp"},
	}
	_, err := w.Renew(ctx, renewal)
	want(t, "Renew of none", err, storage.ErrNotFound)
	must(t, w.Create(ctx, s))
	joined, err := w.Act(ctx, storage.Activity{SessionID: "s", ClientID: "portal", At: moment, Counts: true})
	must(t, err)
	other := renewal
	other.Was = []byte{7}
	_, err = w.Renew(ctx, other)
	want(t, "Renew with another secret", err, storage.ErrStale)
	late := renewal
	late.At = joined.Deadline
	_, err = w.Renew(ctx, late)
	want(t, "Renew at the deadline", err, storage.ErrNotFound)
	got, err := w.Get(ctx, "s", moment)
	must(t, err)
	same(t, "what was not renewed", got, joined)

	wanted := joined
	wanted.SecretHash, wanted.AuthTime, wanted.ACR, wanted.AMR = renewal.SecretHash, renewal.AuthTime, renewal.ACR, renewal.AMR
	got, err = w.Renew(ctx, renewal)
	must(t, err)
	same(t, "Renew", got, wanted)
	got, err = w.Get(ctx, "s", renewal.At)
	must(t, err)
	same(t, "Get", got, wanted)
	_, err = w.Renew(ctx, renewal)
	want(t, "second Renew", err, storage.ErrStale)

	var wait sync.WaitGroup
	var done atomic.Int64
	for i := range 8 {
		wait.Go(func() {
			mine := renewal
			mine.Was, mine.SecretHash = renewal.SecretHash, []byte{9, byte(i)} //nolint:gosec // eight at most
			if _, err := w.Renew(ctx, mine); err == nil {
				done.Add(1)
			}
		})
	}
	wait.Wait()
	same(t, "of many at once", done.Load(), int64(1))
}
