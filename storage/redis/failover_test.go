package redis_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

// prefix is one that the user may use, and no other test does.
func prefix() string { return "claviger:" + secret.NewID() }

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

// testFailover kills a primary while sessions begin and are used. Meanwhile each
// answer is right or ErrUnavailable; after it, work goes on with the replica, by
// itself. A primary answers before its replica has what was written, so what was
// under way may be lost, and nothing else.
func testFailover(t *testing.T, e storage.Ephemeral, primary, replica *teststores.RedisServer) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	w := e.Sessions()
	var mu sync.Mutex
	type began struct {
		at   time.Time
		kept bool // it began when the primary was dead
	}
	created := map[string]began{}
	killed := false
	var before, during, after int // what succeeded before the kill; what failed after it; what succeeded since something failed
	count := func() (int, int, int) {
		mu.Lock()
		defer mu.Unlock()
		return before, during, after
	}
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for ctx.Err() == nil {
				mu.Lock()
				b := began{at: time.Now().UTC().Truncate(time.Microsecond), kept: killed}
				mu.Unlock()
				now, id := b.at, secret.NewID()
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
					created[id] = b
					switch {
					case !killed:
						before++
					case during > 0:
						after++
					}
				case errors.Is(err, storage.ErrUnavailable):
					if killed {
						during, after = during+1, 0 // in a cluster other shards go on
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
	mu.Lock()
	for id, b := range created {
		b.kept = true
		created[id] = b
	}
	mu.Unlock()
	primary.Copied(t, replica)
	primary.Kill()
	mu.Lock()
	killed = true
	mu.Unlock()
	until(t, "something failed", func() bool { _, n, _ := count(); return n > 0 })
	until(t, "200 sessions began in a row", func() bool { _, _, n := count(); return n >= 200 })
	stop()
	work.Wait()

	// What is there is whole; what had been copied, and what began after the kill,
	// is all there.
	ctx = t.Context()
	lost := 0
	for id, b := range created {
		at := b.at
		s, err := w.Get(ctx, id, at.Add(time.Minute))
		switch {
		case errors.Is(err, storage.ErrNotFound):
			lost++
			if b.kept {
				t.Errorf("a session that began at %v was lost", at)
			}
		case err != nil:
			t.Errorf("Get: %v", err)
		case string(s.SecretHash) != id || s.PersonID != "p"+id[:2] || s.LastActivity.Before(at) || s.Deadline.Before(at.Add(time.Hour)):
			t.Errorf("a session is not what was written: %+v", s)
		}
	}
	n, err := w.Count(ctx)
	if err != nil || n < int64(len(created)-lost) {
		t.Errorf("Count = %d, %v; want %d at least", n, err, len(created)-lost)
	}
	b, d, a := count()
	t.Logf("before the kill %d sessions, then %d failures, then %d sessions; %d lost", b, d, a, lost)
}
