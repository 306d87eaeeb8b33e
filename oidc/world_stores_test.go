package oidc_test

import (
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

// stores opens one of the two combinations of stores that we serve from, for
// one world only.
type stores func(t testing.TB, now func() time.Time) (storage.Store, storage.Ephemeral)

var embeddedStores, serverStores stores = teststores.Embedded, teststores.Servers

// onEveryStore runs a test of the protocol on every combination of stores.
func onEveryStore(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	for name, on := range map[string]stores{"embedded": embeddedStores, "postgres+redis": serverStores} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they wait for disks and servers, not for the processor
			test(t, newWorld(t, on))
		})
	}
}
