package backchannel

import (
	"context"
	"sync"
	"time"
)

// signal wakes one who waits. Given several times, it is one. The zero value is
// ready.
type signal struct {
	once sync.Once
	c    chan struct{}
}

func (s *signal) given() chan struct{} {
	s.once.Do(func() { s.c = make(chan struct{}, 1) })
	return s.c
}

func (s *signal) give() {
	select {
	case s.given() <- struct{}{}:
	default:
	}
}

// wait returns when the signal is given, after a time, or when ctx ends.
func (s *signal) wait(ctx context.Context, most time.Duration) {
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-s.given():
	case <-t.C:
	case <-ctx.Done():
	}
}
