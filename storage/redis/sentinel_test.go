package redis_test

import (
	"strings"
	"testing"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/redis"
	"github.com/claviger-id/claviger/storage/storagetest"
	"github.com/claviger-id/claviger/storage/teststores"
)

// TestSentinels runs the suite, and then takes the primary away while sessions
// begin and are used. Meanwhile each answer is right or ErrUnavailable; after
// it, work goes on with the replica, by itself.
func TestSentinels(t *testing.T) {
	servers := teststores.NewSentinels(t, false)
	newStore := func(t *testing.T) storage.Ephemeral {
		s, err := redis.Open(t.Context(), redis.Options{URL: servers.URL, Prefix: prefix()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	t.Run("conformance", func(t *testing.T) { storagetest.Ephemeral(t, newStore) })
	t.Run("failover", func(t *testing.T) { testFailover(t, newStore(t), servers.Primary, servers.Replica) })
	for _, s := range servers.All {
		if out, err := s.Ask("ACL", "LOG"); err != nil || strings.TrimSpace(out) != "" {
			t.Errorf("what a sentinel denied: %v: %s", err, out)
		}
	}
}
