package storagetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func testClients(t *testing.T, s storage.Store) {
	c := storage.Client{
		ID: "portal", Name: "Portal", AuthMethod: "client_secret_basic",
		Secrets:      []storage.ClientSecret{{SHA256: []byte{1, 2}, ExpiresAt: moment}, {SHA256: []byte{3}}},
		RedirectURIs: []string{"https://a/cb"}, PostLogoutRedirectURIs: []string{"https://a/"}, GrantTypes: []string{"authorization_code"},
		Scopes: []string{"openid"}, Audiences: []string{"https://api"}, IDTokenAlg: "RS256", AccessTokenAlg: "ES256", PKCEOptional: true,
		CreatedAt: moment, UpdatedAt: moment, Version: 1,
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		newest, n, err := tx.Clients().Newest(ctx)
		if err != nil || n != 0 || !newest.IsZero() {
			t.Errorf("Newest of none: %v, %d, %v", newest, n, err)
		}
		if err := tx.Clients().Insert(ctx, c); err != nil {
			return err
		}
		want(t, "second Insert", tx.Clients().Insert(ctx, c), storage.ErrConflict)
		got, err := tx.Clients().Get(ctx, "portal")
		same(t, "Get", got, c)
		if err != nil {
			return err
		}
		_, err = tx.Clients().Get(ctx, "none")
		want(t, "Get of none", err, storage.ErrNotFound)
		c.Name, c.UpdatedAt = "New", moment.Add(time.Second)
		if err := tx.Clients().Update(ctx, c); err != nil {
			return err
		}
		want(t, "Update of an old version", tx.Clients().Update(ctx, c), storage.ErrStale)
		c.Version = 2
		other := storage.Client{ID: "zeta", CreatedAt: moment, UpdatedAt: moment, Version: 1}
		if err := tx.Clients().Insert(ctx, other); err != nil {
			return err
		}
		list, err := tx.Clients().List(ctx, "", 10)
		same(t, "List", list, []storage.Client{c, other})
		list, err2 := tx.Clients().List(ctx, "portal", 10)
		same(t, "List after", list, []storage.Client{other})
		newest, n, err3 := tx.Clients().Newest(ctx)
		same(t, "Newest", newest, c.UpdatedAt)
		same(t, "number", n, int64(2))
		want(t, "Remove of an old version", tx.Clients().Remove(ctx, "zeta", 7), storage.ErrStale)
		err4 := tx.Clients().Remove(ctx, "zeta", 1)
		_, gone := tx.Clients().Get(ctx, "zeta")
		want(t, "Get after Remove", gone, storage.ErrNotFound)
		return errors.Join(err, err2, err3, err4)
	})
}
