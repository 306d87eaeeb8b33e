package password

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// slots are a bounded number of places. They are given to those who ask in the order in
// which they do, and so that who needs several is not passed over for ever.
type slots struct {
	size int64
	// wait is how long somebody waits, and most how many may.
	wait    time.Duration
	most    int64
	waiting atomic.Int64

	mu    sync.Mutex
	free  int64
	queue []*claim // the next one first
}

func newSlots(n, most int64, wait time.Duration) *slots {
	return &slots{size: n, most: most, wait: wait, free: n}
}

// claim is somebody who waits.
type claim struct {
	n int64
	// ahead says that nobody is put before it.
	ahead bool
	// given is closed, while mu is held, once the slots are the claim's.
	given chan struct{}
}

// full says that nobody else may wait.
func (s *slots) full() bool { return s.waiting.Load() >= s.most }

// take waits for n slots. ErrBusy says that too many wait, or that it took too long.
func (s *slots) take(ctx context.Context, n int64) error {
	if s.tryTake(n) {
		return nil
	}
	defer s.waiting.Add(-1)
	if s.waiting.Add(1) > s.most {
		return ErrBusy
	}
	bounded, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	if s.await(bounded, &claim{n: n}) == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return ErrBusy
}

// takeNext waits for n slots before all who wait, for who has just given slots back to
// them and is not done. It waits as long as ctx lasts: only few may do so.
func (s *slots) takeNext(ctx context.Context, n int64) error {
	return s.await(ctx, &claim{n: n, ahead: true})
}

func (s *slots) tryTake(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free < n || len(s.queue) > 0 {
		return false
	}
	s.free -= n
	return true
}

// await waits until the claim is served, or ctx is over.
func (s *slots) await(ctx context.Context, c *claim) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.given = make(chan struct{})
	s.mu.Lock()
	s.enqueue(c)
	s.serve()
	s.mu.Unlock()
	select {
	case <-c.given:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-c.given: // at this very moment
		s.free += c.n
	default:
		s.queue = slices.DeleteFunc(s.queue, func(other *claim) bool { return other == c })
	}
	s.serve()
	return ctx.Err()
}

// enqueue finds the claim its place; mu is held.
func (s *slots) enqueue(c *claim) {
	if len(s.queue) > 0 && s.free > 0 {
		s.queue[0].ahead = true // what it needs is being gathered
	}
	at := len(s.queue)
	if c.ahead {
		at = 0
		for at < len(s.queue) && s.queue[at].ahead {
			at++
		}
	}
	s.queue = slices.Insert(s.queue, at, c)
}

// give gives n slots back.
func (s *slots) give(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n
	s.serve()
}

// serve gives what is free to who is next; mu is held.
func (s *slots) serve() {
	for len(s.queue) > 0 && s.queue[0].n <= s.free {
		s.free -= s.queue[0].n
		close(s.queue[0].given)
		s.queue = slices.Delete(s.queue, 0, 1)
	}
}
