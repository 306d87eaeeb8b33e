package redis_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/redis"
	"github.com/claviger-id/claviger/storage/storagetest"
)

// newCluster starts three nodes that speak TLS only, and know the user of
// docs/redis.md.
func newCluster(t *testing.T) (nodes []*server, roots *x509.CertPool, url, ca string) {
	t.Helper()
	roots, ca, tls := certificates(t)
	for range 3 {
		nodes = append(nodes, start(t, common+tls+account(t, "claviger")+fmt.Sprintf(
			"cluster-enabled yes\ntls-cluster yes\ncluster-port %d\n", freePort(t)), false, "--tls", "--cacert", ca))
	}
	n := nodes[0]
	out, err := ask(n, "--tls", "--cacert", ca, "--cluster", "create", n.addr(), nodes[1].addr(), nodes[2].addr(), "--cluster-yes")
	if err != nil {
		t.Fatalf("redis-cli --cluster create: %v: %s", err, out)
	}
	for _, n := range nodes {
		for {
			out, err := ask(n, "--tls", "--cacert", ca, "CLUSTER", "INFO")
			if err != nil {
				t.Fatalf("CLUSTER INFO: %v: %s", err, out)
			}
			if strings.Contains(out, "cluster_state:ok") {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return nodes, roots, fmt.Sprintf("rediss+cluster://claviger:%s@%s?addr=%s", escaped, n.addr(), nodes[1].addr()), ca
}

func TestConformanceOfCluster(t *testing.T) {
	nodes, roots, url, ca := newCluster(t)
	storagetest.Ephemeral(t, func(t *testing.T) storage.Ephemeral {
		s, err := redis.Open(t.Context(), redis.Options{URL: url, Roots: roots, Prefix: prefix()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})

	// The user needs all that it may, and asked for nothing else.
	used := ""
	for _, n := range nodes {
		out, _ := ask(n, "--tls", "--cacert", ca, "INFO", "commandstats")
		used += out
		if out, err := ask(n, "--tls", "--cacert", ca, "ACL", "LOG"); err != nil || strings.TrimSpace(out) != "" {
			t.Errorf("what was denied: %v: %s", err, out)
		}
	}
	for word := range strings.FieldsSeq(account(t, "claviger")) {
		if command, is := strings.CutPrefix(word, "+"); is && !strings.Contains(used, "cmdstat_"+command+":") {
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
	nodes[2].kill()
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

// TestPlaintextToANodeThatAnotherNames follows a node, on this machine, to one
// that is not.
func TestPlaintextToANodeThatAnotherNames(t *testing.T) {
	n := start(t, common+"port PORT\ncluster-enabled yes\ncluster-announce-ip 192.0.2.1\n"+account(t, "claviger")+fmt.Sprintf("cluster-port %d\n", freePort(t)), false)
	if out, err := ask(n, "CLUSTER", "ADDSLOTSRANGE", "0", "16383"); err != nil {
		t.Fatalf("CLUSTER ADDSLOTSRANGE: %v: %s", err, out)
	}
	_, err := redis.Open(t.Context(), redis.Options{URL: fmt.Sprintf("redis+cluster://claviger:%s@%s", escaped, n.addr())})
	if err == nil || !strings.Contains(err.Error(), "192.0.2.1") || !strings.Contains(err.Error(), "unencrypted") || strings.Contains(err.Error(), password) || strings.Contains(err.Error(), escaped) {
		t.Errorf("a node elsewhere: %v", err)
	}
}
