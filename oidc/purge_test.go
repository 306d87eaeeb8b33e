package oidc_test

import (
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func TestGrantsThatAreLongOverAreRemoved(t *testing.T) {
	onEveryStore(t, testGrantsThatAreLongOverAreRemoved)
}

func testGrantsThatAreLongOverAreRemoved(t *testing.T, w *world) {
	begun := w.clock.now()
	if err := w.Store.Tx(t.Context(), func(tx storage.Tx) error {
		return tx.Grants().Insert(t.Context(), storage.Grant{ID: "g", ClientID: "portal", CreatedAt: begun, ExpiresAt: begun.Add(24 * time.Hour)})
	}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		after time.Duration
		want  int64
	}{{31*24*time.Hour - time.Second, 0}, {31*24*time.Hour + time.Second, 1}} {
		w.clock.add(begun.Add(test.after).Sub(w.clock.now()))
		if n, err := w.Grants.Purge(t.Context()); err != nil || n != test.want {
			t.Errorf("after %v: %d removed, %v, want %d", test.after, n, err, test.want)
		}
	}
}
