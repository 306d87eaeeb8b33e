package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/redis"
	"github.com/claviger-id/claviger/storage/storagetest"
)

// newSentinels starts a primary, a replica, and three sentinels of which two
// must agree, with the users of docs/redis.md.
func newSentinels(t *testing.T) (primary *server, sentinels []*server, url string) {
	t.Helper()
	node := common + "port PORT\nrepl-diskless-sync-delay 0\n" + account(t, "claviger")
	primary = start(t, node, false)
	replica := start(t, node+fmt.Sprintf("replicaof 127.0.0.1 %d\n", primary.port), false)
	until(t, "the replica follows", func() bool {
		out, _ := ask(replica, "INFO", "replication")
		return strings.Contains(out, "master_link_status:up")
	})
	for range 3 {
		sentinels = append(sentinels, start(t, "bind 127.0.0.1\nport PORT\ndir DIR\nrequirepass PASSWORD\nsentinel sentinel-pass PASSWORD\n"+
			account(t, "watcher")+fmt.Sprintf(`
sentinel monitor claviger 127.0.0.1 %d 2
sentinel auth-pass claviger PASSWORD
sentinel down-after-milliseconds claviger 2000
sentinel failover-timeout claviger 3000
`, primary.port), true))
	}
	for _, s := range sentinels {
		until(t, "the sentinels know each other and the replica", func() bool {
			out, _ := ask(s, "SENTINEL", "MASTER", "claviger")
			fields := strings.Split(out, "\n")
			value := func(name string) string {
				for i, f := range fields {
					if strings.TrimSpace(f) == name && i+1 < len(fields) {
						return strings.TrimSpace(fields[i+1])
					}
				}
				return ""
			}
			return value("num-other-sentinels") == "2" && value("num-slaves") == "1"
		})
	}
	return primary, sentinels, fmt.Sprintf("redis+sentinel://claviger:%s@%s/0?master_name=claviger&addr=%s&addr=%s&sentinel_username=watcher&sentinel_password=%s",
		escaped, sentinels[0].addr(), sentinels[1].addr(), sentinels[2].addr(), escaped)
}

// until asks again for a minute at most.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for range 600 {
		if is() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("it never happened that %s", what)
}

// TestSentinels runs the suite, and then takes the primary away while sessions
// begin and are used. Meanwhile each answer is right or ErrUnavailable; after
// it, work goes on with the replica, by itself.
func TestSentinels(t *testing.T) {
	primary, sentinels, url := newSentinels(t)
	newStore := func(t *testing.T) storage.Ephemeral {
		s, err := redis.Open(t.Context(), redis.Options{URL: url, Prefix: prefix()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	t.Run("conformance", func(t *testing.T) { storagetest.Ephemeral(t, newStore) })
	t.Run("failover", func(t *testing.T) { testFailover(t, newStore(t), primary) })
	for _, s := range sentinels {
		if out, err := ask(s, "ACL", "LOG"); err != nil || strings.TrimSpace(out) != "" {
			t.Errorf("what a sentinel denied: %v: %s", err, out)
		}
	}
}

func testFailover(t *testing.T, e storage.Ephemeral, primary *server) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	w := e.Sessions()
	var mu sync.Mutex
	created := map[string]time.Time{} // session and when
	killed := false
	var before, during, after int // what succeeded before the kill; what failed after it; what succeeded after that
	count := func() (int, int, int) {
		mu.Lock()
		defer mu.Unlock()
		return before, during, after
	}
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for ctx.Err() == nil {
				now := time.Now().UTC().Truncate(time.Microsecond)
				id := secret.NewID()
				s := storage.Session{
					ID: id, SecretHash: []byte(id), PersonID: "p" + id[:2], Subject: "sub", AuthTime: now, IdleLimit: time.Hour,
					CreatedAt: now, LastActivity: now, Deadline: now.Add(time.Hour), AbsoluteDeadline: now.Add(2 * time.Hour),
				}
				err := w.Create(ctx, s)
				if err == nil {
					_, err = w.Act(ctx, storage.Activity{SessionID: id, ClientID: "portal", At: now.Add(time.Second), Counts: true, Unless: []string{"m" + id}})
					if errors.Is(err, storage.ErrNotFound) {
						err = nil // written to the primary that died, and not yet copied
					}
				}
				mu.Lock()
				switch {
				case ctx.Err() != nil:
				case err == nil:
					created[id] = now
					switch {
					case !killed:
						before++
					case during > 0:
						after++
					}
				case errors.Is(err, storage.ErrUnavailable):
					if killed {
						during++
					}
				case errors.Is(err, storage.ErrConflict): // the answer was lost, and the driver asked again
				default:
					t.Errorf("while the primary was gone: %v", err)
				}
				mu.Unlock()
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	until(t, "200 sessions began", func() bool { n, _, _ := count(); return n >= 200 })
	primary.kill()
	mu.Lock()
	killed = true
	mu.Unlock()
	until(t, "something failed", func() bool { _, n, _ := count(); return n > 0 })
	until(t, "200 sessions began after it", func() bool { _, _, n := count(); return n >= 200 })
	stop()
	work.Wait()

	// What is there is whole, and what began after the failover is all there.
	ctx = t.Context()
	lost := 0
	for id, at := range created {
		s, err := w.Get(ctx, id, at.Add(time.Minute))
		switch {
		case errors.Is(err, storage.ErrNotFound):
			lost++
		case err != nil:
			t.Errorf("Get: %v", err)
		case string(s.SecretHash) != id || s.PersonID != "p"+id[:2] || s.LastActivity.Before(at) || s.Deadline.Before(at.Add(time.Hour)):
			t.Errorf("a session is not what was written: %+v", s)
		}
	}
	// Copying runs behind by what was in flight, not by what was done long before.
	if lost > 50 {
		t.Errorf("%d of %d sessions were lost", lost, len(created))
	}
	n, err := w.Count(ctx)
	if err != nil || n < int64(len(created)-lost) {
		t.Errorf("Count = %d, %v; want %d at least", n, err, len(created)-lost)
	}
	b, d, a := count()
	t.Logf("before the kill %d sessions, then %d failures, then %d sessions; %d lost", b, d, a, lost)
}
