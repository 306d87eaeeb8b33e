package redis_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/redis"
	"github.com/claviger-id/claviger/storage/storagetest"
	"github.com/claviger-id/claviger/storage/teststores"
)

func TestConformanceOfCluster(t *testing.T) {
	servers := teststores.NewCluster(t, false)
	nodes, roots, url := servers.Nodes, servers.Roots, servers.URL
	open := func(t *testing.T) storage.Ephemeral {
		t.Helper()
		s, err := redis.Open(t.Context(), redis.Options{URL: url, Roots: roots, Prefix: prefix()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	storagetest.Ephemeral(t, open)
	t.Run("before", func(t *testing.T) { testBefore(t, open(t).(*redis.Store)) })

	// The user needs all that it may, and asked for nothing else.
	used := ""
	for _, n := range nodes {
		out, _ := n.Ask("INFO", "commandstats")
		used += out
		if out, err := n.Ask("ACL", "LOG"); err != nil || strings.TrimSpace(out) != "" {
			t.Errorf("what was denied: %v: %s", err, out)
		}
	}
	for word := range strings.FieldsSeq(teststores.RedisAccount(t, "claviger")) {
		if command, is := strings.CutPrefix(word, "+"); is && !regexp.MustCompile("cmdstat_"+regexp.QuoteMeta(command)+":calls=[1-9]").MatchString(used) {
			t.Errorf("docs/redis.md allows %s, and nothing needs it", command)
		}
	}

	if _, err := redis.Open(t.Context(), redis.Options{URL: url}); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("an authority that nobody trusts: %v", err)
	}

	// Without one node, nothing is half answered.
	s, err := redis.Open(t.Context(), redis.Options{URL: url, Roots: roots, Prefix: prefix()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	nodes[2].Kill()
	if err := s.Ping(t.Context()); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("Ping without a node: %v", err)
	}
	if _, err := s.Sessions().ClaimExpired(t.Context(), time.Now(), time.Minute, 10); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("ClaimExpired without a node: %v", err)
	}
	if _, err := s.Sessions().Count(t.Context()); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("Count without a node: %v", err)
	}
	var claims []storage.Claim
	var keys []string
	for i := range 40 {
		keys = append(keys, fmt.Sprint("k", i))
		claims = append(claims, storage.Claim{Key: keys[i], Forget: time.Hour})
	}
	if _, err := s.Attempts().Reserve(t.Context(), time.Now(), claims...); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("Reserve without a node: %v", err)
	}
	if is, err := s.Marks().Any(t.Context(), time.Now(), keys...); is || !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("Any without a node: %v, %v", is, err)
	}
}

// TestFailoverOfShard takes the primary of one shard away under load.
func TestFailoverOfShard(t *testing.T) {
	servers := teststores.NewCluster(t, true)
	s, err := redis.Open(t.Context(), redis.Options{URL: servers.URL, Roots: servers.Roots, Prefix: prefix()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	testFailover(t, s, servers.Nodes[0], servers.Replica)
	if out, err := servers.Replica.Ask("ROLE"); err != nil || !strings.HasPrefix(out, "master") {
		t.Errorf("who follows the primary that died: %v: %s", err, out)
	}
	for _, n := range append(servers.Nodes[1:], servers.Replica) {
		if out, err := n.Ask("ACL", "LOG"); err != nil || strings.TrimSpace(out) != "" {
			t.Errorf("what was denied: %v: %s", err, out)
		}
	}
}

// TestPlaintextToANodeThatAnotherNames follows a node, on this machine, to one
// that is not.
func TestPlaintextToANodeThatAnotherNames(t *testing.T) {
	n := teststores.StartRedis(t, teststores.RedisCommon+"port PORT\ncluster-enabled yes\ncluster-announce-ip 192.0.2.1\n"+teststores.RedisAccount(t, "claviger")+fmt.Sprintf("cluster-port %d\n", teststores.FreePort(t)), false)
	if out, err := n.Ask("CLUSTER", "ADDSLOTSRANGE", "0", "16383"); err != nil {
		t.Fatalf("CLUSTER ADDSLOTSRANGE: %v: %s", err, out)
	}
	_, err := redis.Open(t.Context(), redis.Options{URL: fmt.Sprintf("redis+cluster://claviger:%s@%s", teststores.RedisEscaped, n.Addr())})
	if err == nil || !strings.Contains(err.Error(), "192.0.2.1") || !strings.Contains(err.Error(), "unencrypted") || strings.Contains(err.Error(), teststores.RedisPassword) || strings.Contains(err.Error(), teststores.RedisEscaped) {
		t.Errorf("a node elsewhere: %v", err)
	}
}
