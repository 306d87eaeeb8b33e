package storagetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func someLink(hash byte) storage.AccessLink {
	return storage.AccessLink{
		Hash: []byte{hash}, PersonID: "p", Purpose: storage.LinkRecover, PasswordVersion: 3, CreatedAt: moment, ExpiresAt: moment.Add(time.Minute),
	}
}

func testAccessLinks(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		links := tx.AccessLinks()
		temporary := someLink(9)
		temporary.Purpose = storage.LinkTemporary
		err := errors.Join(links.Put(ctx, someLink(1)), links.Put(ctx, someLink(2)), links.Put(ctx, temporary))
		_, missing := links.Get(ctx, []byte{1}, storage.LinkRecover, moment)
		want(t, "Get of the former link", missing, storage.ErrNotFound)
		_, missing = links.Get(ctx, []byte{2}, storage.LinkTemporary, moment)
		want(t, "Get for another purpose", missing, storage.ErrNotFound)
		_, missing = links.Take(ctx, []byte{2}, storage.LinkTemporary, moment)
		want(t, "Take for another purpose", missing, storage.ErrNotFound)
		_, missing = links.Get(ctx, []byte{2}, storage.LinkRecover, moment.Add(time.Minute))
		want(t, "Get at the deadline", missing, storage.ErrNotFound)
		_, missing = links.Take(ctx, []byte{2}, storage.LinkRecover, moment.Add(time.Minute))
		want(t, "Take at the deadline", missing, storage.ErrNotFound)
		got, err2 := links.Get(ctx, []byte{2}, storage.LinkRecover, moment.Add(time.Minute-time.Microsecond))
		same(t, "Get", got, someLink(2))
		got, err3 := links.Take(ctx, []byte{2}, storage.LinkRecover, moment)
		same(t, "Take", got, someLink(2))
		_, missing = links.Take(ctx, []byte{2}, storage.LinkRecover, moment)
		want(t, "second Take", missing, storage.ErrNotFound)
		err4 := errors.Join(links.Put(ctx, someLink(3)), links.Drop(ctx, "p"))
		for _, purpose := range []storage.LinkPurpose{storage.LinkRecover, storage.LinkTemporary} {
			for _, hash := range []byte{3, 9} {
				_, missing = links.Get(ctx, []byte{hash}, purpose, moment)
				want(t, "Get after Drop", missing, storage.ErrNotFound)
			}
		}
		err5 := links.Put(ctx, someLink(4))
		n, err6 := links.Purge(ctx, moment.Add(time.Minute), 10)
		same(t, "purged too early", n, int64(0))
		n, err7 := links.Purge(ctx, moment.Add(time.Minute+time.Second), 10)
		same(t, "purged", n, int64(1))
		return errors.Join(err, err2, err3, err4, err5, err6, err7)
	})
}

// testRaceAccessLink: of many who take a link exactly one gets it.
func testRaceAccessLink(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error { return tx.AccessLinks().Put(ctx, someLink(1)) })
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range racers {
		wg.Go(func() {
			for {
				err := s.Tx(t.Context(), func(tx storage.Tx) error {
					_, err := tx.AccessLinks().Take(t.Context(), []byte{1}, storage.LinkRecover, moment)
					return err
				})
				switch {
				case err == nil:
					taken.Add(1)
				case errors.Is(err, storage.ErrUnavailable):
					continue
				case !errors.Is(err, storage.ErrNotFound):
					t.Error(err)
				}
				return
			}
		})
	}
	wg.Wait()
	same(t, "takers", taken.Load(), int64(1))
}
