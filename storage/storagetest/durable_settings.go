package storagetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/claviger-id/claviger/storage"
)

func testSettings(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.Settings().Get(ctx, "x")
		want(t, "Get", err, storage.ErrNotFound)
		for _, v := range []string{"first", "second"} {
			got, err := tx.Settings().PutOnce(ctx, "x", []byte(v))
			if err != nil {
				return err
			}
			same(t, "PutOnce", string(got), "first")
		}
		want(t, "Swap of what does not stand", tx.Settings().Swap(ctx, "x", []byte("second"), []byte("third")), storage.ErrStale)
		want(t, "Swap of nothing", tx.Settings().Swap(ctx, "y", nil, []byte("third")), storage.ErrStale)
		if err := tx.Settings().Swap(ctx, "x", []byte("first"), []byte("third")); err != nil {
			return err
		}
		got, err := tx.Settings().Get(ctx, "x")
		same(t, "Get after Swap", string(got), "third")
		return err
	})
}

func testRaceSetting(t *testing.T, s storage.Store) {
	var mu sync.Mutex
	var stood []string
	_, lost := race(func(i int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			v, err := tx.Settings().PutOnce(t.Context(), "k", fmt.Append(nil, i))
			mu.Lock()
			defer mu.Unlock()
			stood = append(stood, string(v))
			return err
		})
	})
	slices.Sort(stood)
	if len(lost) > 0 || len(slices.Compact(stood)) != 1 {
		t.Errorf("values %v, errors %v", stood, lost)
	}
}
