package teststores

import (
	"fmt"
	"strings"
	"testing"
)

// Cluster is three primaries that speak TLS only and know the user of
// docs/redis.md, the first of them with a replica where that is asked for.
type Cluster struct {
	RedisTLS
	Nodes   []*RedisServer // the primaries
	Replica *RedisServer   // of the first, or nil
	URL     string
}

// NewCluster starts one, until the test ends.
func NewCluster(t testing.TB, replica bool) Cluster {
	t.Helper()
	out := Cluster{RedisTLS: newRedisTLS(t)}
	node := func() *RedisServer {
		return StartRedis(t, RedisCommon+out.config+RedisAccount(t, "claviger")+fmt.Sprintf(
			"repl-diskless-sync-delay 0\ncluster-enabled yes\ncluster-node-timeout 2000\ntls-cluster yes\ncluster-port %d\n", FreePort(t)), false, out.cli...)
	}
	for range 3 {
		out.Nodes = append(out.Nodes, node())
	}
	first, second, third := out.Nodes[0], out.Nodes[1], out.Nodes[2]
	if text, err := first.Ask("--cluster", "create", first.Addr(), second.Addr(), third.Addr(), "--cluster-yes"); err != nil {
		t.Fatalf("redis-cli --cluster create: %v: %s", err, text)
	}
	whole := func(s *RedisServer) func() bool {
		return func() bool {
			text, _ := s.Ask("CLUSTER", "INFO")
			return strings.Contains(text, "cluster_state:ok")
		}
	}
	for _, s := range out.Nodes {
		until(t, "the cluster is whole", whole(s))
	}
	if replica {
		name, err := first.Ask("CLUSTER", "MYID")
		if err != nil {
			t.Fatalf("CLUSTER MYID: %v: %s", err, name)
		}
		out.Replica = node()
		if text, err := first.Ask("--cluster", "add-node", out.Replica.Addr(), first.Addr(), "--cluster-slave", "--cluster-master-id", strings.TrimSpace(name)); err != nil {
			t.Fatalf("redis-cli --cluster add-node: %v: %s", err, text)
		}
		until(t, "the replica follows", out.Replica.follows)
		until(t, "the replica knows the cluster", whole(out.Replica))
	}
	out.URL = fmt.Sprintf("rediss+cluster://claviger:%s@%s?addr=%s", RedisEscaped, first.Addr(), second.Addr())
	return out
}
