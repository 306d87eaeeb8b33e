package relying_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/relying"
)

// claviger makes the provider do with refresh tokens what Claviger does.
func claviger(o *op) { o.grace = 30 * time.Second }

// reuses is how often the provider took somebody for a thief.
func (o *op) reuses() (n int) {
	o.with(func(o *op) { n = o.reused })
	return n
}

// interrupted is a store at which something happens before the next record is replaced,
// with whose error it fails.
type interrupted struct {
	relying.SessionStore
	mu     sync.Mutex // guards before
	before func() error
}

func (s *interrupted) next(before func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = before
}

func (s *interrupted) Replace(ctx context.Context, r relying.SessionRecord) error {
	s.mu.Lock()
	before := s.before
	s.before = nil
	s.mu.Unlock()
	if before != nil {
		if err := before(); err != nil {
			return err
		}
	}
	return s.SessionStore.Replace(ctx, r)
}

// interrupt gives a replica a store at which something happens before what its next
// refresh brought is kept.
func interrupt(o *op, a *application, before func() error) {
	store := &interrupted{SessionStore: a.Sessions.Store}
	a.Sessions.Store = store
	o.with(func(o *op) { o.refreshing = func() { store.next(before) } })
}

// What the provider has issued is kept although the store fails at that moment, and
// although nobody waits for it any more.
func TestRefreshWhileTheStoreFails(t *testing.T) { onEveryStore(t, testRefreshWhileTheStoreFails) }

func testRefreshWhileTheStoreFails(t *testing.T, o *op, one, other *application) {
	o.with(claviger)
	b := browser(t)
	get(t, b, one.server.URL+"/page")
	r := sessionRequest(t, one, b)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	interrupt(o, one, func() error {
		cancel()
		return errors.New("the store does not answer")
	})
	if s, err := one.Refresh(r.WithContext(ctx)); err != nil || s.Tokens.Refresh != "refresh-x" {
		t.Errorf("got %q, %v", s.Tokens.Refresh, err)
	}
	o.clock.add(10 * time.Minute)
	if s, err := other.Refresh(r); err != nil || s.Tokens.Refresh != "refresh-xx" || o.reuses() != 0 {
		t.Errorf("got %q, %v, taken for a thief %d times", s.Tokens.Refresh, err, o.reuses())
	}
}

// ticking is a store at which every look takes its time.
type ticking struct {
	relying.SessionStore
	clock *clock
	each  time.Duration
}

func (s *ticking) Get(ctx context.Context, key string) (relying.SessionRecord, error) {
	s.clock.add(s.each)
	return s.SessionStore.Get(ctx, key)
}

// A replica dies after the provider has replaced the refresh token and before it could keep
// the new one. The other that waits asks again while that is no reuse to the provider, and
// so early that even a request of ten seconds, the longest, comes in time.
func TestReplicaDiesWhileItRefreshes(t *testing.T) { onEveryStore(t, testReplicaDies) }

func testReplicaDies(t *testing.T, o *op, one, other *application) {
	o.with(claviger)
	b := browser(t)
	get(t, b, one.server.URL+"/page")
	r := sessionRequest(t, one, b)
	interrupt(o, one, func() error {
		runtime.Goexit()
		return nil
	})
	var dying sync.WaitGroup
	dying.Go(func() {
		_, err := one.Refresh(r)
		t.Errorf("it did not die: %v", err)
	})
	dying.Wait()
	other.Sessions.Store = &ticking{other.Sessions.Store, o.clock, 3 * time.Second}
	s, err := other.Refresh(r)
	if err != nil || s.Tokens.Refresh != "refresh-x" || o.reuses() != 0 {
		t.Errorf("got %q, %v, taken for a thief %d times", s.Tokens.Refresh, err, o.reuses())
	}
	o.with(func(o *op) {
		if o.repeated < 10*time.Second || o.repeated > 20*time.Second {
			t.Errorf("asked again after %v: the first may still wait, or the provider may not bring the same again", o.repeated)
		}
	})
	o.clock.add(time.Minute)
	if s, err := other.Refresh(r); err != nil || s.Tokens.Refresh != "refresh-xx" || o.reuses() != 0 {
		t.Errorf("after that: %q, %v, taken for a thief %d times", s.Tokens.Refresh, err, o.reuses())
	}
}

// Who keeps what a refresh brought after others have refreshed in their place does not
// bring the old tokens back.
func TestReplicaIsLate(t *testing.T) { onEveryStore(t, testReplicaIsLate) }

func testReplicaIsLate(t *testing.T, o *op, one, other *application) {
	o.with(claviger)
	b := browser(t)
	get(t, b, one.server.URL+"/page")
	r := sessionRequest(t, one, b)
	other.Sessions.Store = &ticking{other.Sessions.Store, o.clock, 3 * time.Second}
	interrupt(o, one, func() error {
		for range 2 {
			if _, err := other.Refresh(r); err != nil {
				t.Errorf("in its place: %v", err)
			}
		}
		o.clock.add(time.Minute)
		return nil
	})
	if s, err := one.Refresh(r); err != nil || s.Tokens.Refresh != "refresh-xx" {
		t.Errorf("got %q, %v", s.Tokens.Refresh, err)
	}
	if s, err := one.Refresh(r); err != nil || s.Tokens.Refresh != "refresh-xxx" || o.reuses() != 0 {
		t.Errorf("after that: %q, %v, taken for a thief %d times", s.Tokens.Refresh, err, o.reuses())
	}
}

// While the provider's keys cannot be read nothing that it says is believed; the refresh
// token that it has replaced is not sent again all the same.
func TestRefreshWithoutKeys(t *testing.T) { onEveryStore(t, testRefreshWithoutKeys) }

func testRefreshWithoutKeys(t *testing.T, o *op, one, other *application) {
	o.with(claviger)
	b := browser(t)
	get(t, b, one.server.URL+"/page")
	r := sessionRequest(t, one, b)
	before, _ := one.Session(r)
	o.with(func(o *op) { o.keysDown = true })
	if _, err := other.Refresh(r); err == nil || errors.Is(err, relying.ErrEnded) {
		t.Errorf("without keys: %v", err)
	}
	if s, ok := one.Session(r); !ok || !s.Tokens.Expiry.Equal(before.Tokens.Expiry) || s.IDToken.Raw != before.IDToken.Raw {
		t.Errorf("%v, something was believed: %+v", ok, s)
	}
	o.with(func(o *op) { o.keysDown = false })
	o.clock.add(time.Minute)
	if s, err := other.Refresh(r); err != nil || s.Tokens.Refresh != "refresh-xx" || o.reuses() != 0 {
		t.Errorf("got %q, %v, taken for a thief %d times", s.Tokens.Refresh, err, o.reuses())
	}
}
