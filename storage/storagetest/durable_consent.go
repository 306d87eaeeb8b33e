package storagetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func testConsents(t *testing.T, s storage.Store) {
	c := storage.Consent{PersonID: "a", ClientID: "portal", Scopes: []string{"openid", "email"}, GrantedAt: moment}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.Consents().Get(ctx, "a", "portal")
		want(t, "Get of none", err, storage.ErrNotFound)
		return tx.Consents().Put(ctx, c)
	})
	c.Scopes, c.GrantedAt = []string{"openid"}, moment.Add(time.Minute)
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		if err := tx.Consents().Put(ctx, c); err != nil {
			return err
		}
		got, err := tx.Consents().Get(ctx, "a", "portal")
		same(t, "Get", got, c)
		_, other := tx.Consents().Get(ctx, "b", "portal")
		want(t, "Get of another person", other, storage.ErrNotFound)
		all, err2 := tx.Consents().ByPerson(ctx, "a")
		same(t, "ByPerson", all, []storage.Consent{c})
		none, err3 := tx.Consents().ByPerson(ctx, "b")
		same(t, "of another person", len(none), 0)
		return errors.Join(err, err2, err3)
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		did, err := tx.Consents().Remove(ctx, "a", "portal")
		same(t, "Remove", did, true)
		again, err2 := tx.Consents().Remove(ctx, "a", "portal")
		same(t, "second Remove", again, false)
		if err == nil {
			err = err2
		}
		return err
	})
}
