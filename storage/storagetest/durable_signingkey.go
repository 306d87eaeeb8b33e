package storagetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func testSigningKeys(t *testing.T, s storage.Store) {
	k := storage.SigningKey{ID: "k1", Use: storage.KeyUseToken, Algorithm: "ES256", Private: []byte{1}, CreatedAt: moment, ActiveFrom: moment.Add(time.Hour), Version: 1}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.SigningKeys()
		if err := errors.Join(w.Lock(ctx, storage.KeyUseToken), w.Insert(ctx, k)); err != nil {
			return err
		}
		want(t, "second Insert", w.Insert(ctx, k), storage.ErrConflict)
		other := k
		other.ID, other.Use = "k2", storage.KeyUseAudit
		if err := w.Insert(ctx, other); err != nil {
			return err
		}
		all, err := w.All(ctx, storage.KeyUseToken, moment)
		same(t, "All", all, []storage.SigningKey{k})
		if err != nil {
			return err
		}
		k.RetiresAt, k.ExpiresAt = moment.Add(2*time.Hour), moment.Add(3*time.Hour)
		if err := w.Update(ctx, k); err != nil {
			return err
		}
		want(t, "Update of an old version", w.Update(ctx, k), storage.ErrStale)
		k.Version = 2
		all, err = w.All(ctx, storage.KeyUseToken, k.ExpiresAt.Add(-time.Microsecond))
		same(t, "All just before expiry", all, []storage.SigningKey{k})
		gone, err2 := w.All(ctx, storage.KeyUseToken, k.ExpiresAt)
		same(t, "All at expiry", len(gone), 0)
		return errors.Join(err, err2)
	})
}

// testRaceKey: replicas that find no key make one, not one each.
func testRaceKey(t *testing.T, s storage.Store) {
	made, lost := race(func(i int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			w := tx.SigningKeys()
			if err := w.Lock(t.Context(), storage.KeyUseToken); err != nil {
				return err
			}
			keys, err := w.All(t.Context(), storage.KeyUseToken, moment)
			if err != nil || len(keys) > 0 {
				return errors.Join(err, errKeyThere)
			}
			return w.Insert(t.Context(), storage.SigningKey{ID: fmt.Sprint(i), Use: storage.KeyUseToken, Private: []byte("p"), CreatedAt: moment})
		})
	})
	oneWins(t, made, lost, errKeyThere)
}

var errKeyThere = errors.New("there is a key")
