package storagetest

import (
	"context"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func testSubscriptions(t *testing.T, s storage.Store) {
	one := func(id string) storage.Subscription {
		return storage.Subscription{
			ID: id, Address: []byte("a"), Secrets: []byte("s"), Kinds: []string{"person.closed", "session.ended"}, Enabled: true, Next: 7,
			CreatedAt: moment, UpdatedAt: moment, Version: 1,
		}
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all := tx.Subscriptions()
		must(t, all.Insert(ctx, one("b")))
		must(t, all.Insert(ctx, one("a")))
		want(t, "Insert of a taken id", all.Insert(ctx, one("a")), storage.ErrConflict)
		got, err := all.Get(ctx, "a")
		same(t, "Get", got, one("a"))
		must(t, err)
		list, err := all.List(ctx)
		same(t, "List", list, []storage.Subscription{one("a"), one("b")})
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all := tx.Subscriptions()
		changed := one("a")
		changed.Address, changed.Kinds, changed.Enabled, changed.UpdatedAt = []byte("c"), []string{"person.closed"}, false, moment.Add(time.Hour)
		must(t, all.Update(ctx, changed))
		want(t, "Update of a former version", all.Update(ctx, changed), storage.ErrStale)
		must(t, all.Advance(ctx, "a", 7, 9))
		want(t, "Advance from elsewhere", all.Advance(ctx, "a", 7, 8), storage.ErrStale)
		changed.Next, changed.Version = 9, 2
		got, err := all.Get(ctx, "a")
		same(t, "Get of what was changed", got, changed)
		must(t, all.Remove(ctx, "a"))
		want(t, "second Remove", all.Remove(ctx, "a"), storage.ErrNotFound)
		_, gone := all.Get(ctx, "a")
		want(t, "Get of what was removed", gone, storage.ErrNotFound)
		return err
	})
}
