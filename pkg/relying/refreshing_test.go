package relying_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
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

// dies has a replica end, in the middle of a refresh: the provider has replaced the refresh
// token, and nobody has kept the new one.
func dies(t *testing.T, o *op, a *application, r *http.Request) {
	t.Helper()
	interrupt(o, a, func() error {
		runtime.Goexit()
		return nil
	})
	var dying sync.WaitGroup
	dying.Go(func() {
		_, err := a.Refresh(r)
		t.Errorf("it did not die: %v", err)
	})
	dying.Wait()
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

// Where the answer gets lost, the same token is sent again at once, which is no theft.
func TestRefreshWhoseAnswerIsLost(t *testing.T) {
	o := newOP(t)
	o.with(claviger)
	a := newApplication(t, o)
	b := browser(t)
	get(t, b, a.server.URL+"/page")
	r := sessionRequest(t, a, b)
	o.with(func(o *op) { o.losing = 1 })
	if s, err := a.Refresh(r); err != nil || s.Tokens.Refresh != "refresh-x" {
		t.Errorf("got %q, %v", s.Tokens.Refresh, err)
	}
	o.clock.add(10 * time.Minute)
	if s, err := a.Refresh(r); err != nil || s.Tokens.Refresh != "refresh-xx" || o.reuses() != 0 {
		t.Errorf("after that: %q, %v, taken for a thief %d times", s.Tokens.Refresh, err, o.reuses())
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
	dies(t, o, one, r)
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

// A replica dies while it refreshes, and the person comes back so late that the old refresh
// token would look stolen: the session ends here, and nothing else does.
func TestNobodyFinishesARefresh(t *testing.T) { onEveryStore(t, testNobodyFinishes) }

func testNobodyFinishes(t *testing.T, o *op, one, other *application) {
	o.with(claviger)
	b := browser(t)
	for name, meanwhile := range map[string]func(r *http.Request){
		"nobody asks": func(*http.Request) {},
		"somebody asks while the provider is down": func(r *http.Request) {
			o.clock.add(15 * time.Second)
			o.with(func(o *op) { o.tokensDown = true })
			if _, err := other.Refresh(r); err == nil || errors.Is(err, relying.ErrEnded) {
				t.Errorf("while the provider is down: %v", err)
			}
			o.with(func(o *op) { o.tokensDown = false })
		},
	} {
		log := &lines{}
		other.Log = slog.New(slog.NewTextHandler(log, nil))
		get(t, b, other.server.URL+"/page")
		r := sessionRequest(t, other, b)
		dies(t, o, one, r)
		meanwhile(r)
		o.clock.add(10 * time.Minute)
		if _, err := other.Fresh(r); !errors.Is(err, relying.ErrEnded) || o.reuses() != 0 {
			t.Errorf("%s: got %v, taken for a thief %d times", name, err, o.reuses())
		}
		if _, ok := other.Session(r); ok {
			t.Errorf("%s: still signed in", name)
		}
		if !strings.Contains(log.String(), "never finished") || strings.Contains(log.String(), "refresh-") {
			t.Errorf("%s: log %s", name, log)
		}
	}
}

// A refresh that the provider did not carry out is no reason to end anything, however late
// the next one is.
func TestRefreshLongAfterOneThatFailed(t *testing.T) { onEveryStore(t, testRefreshLongAfter) }

func testRefreshLongAfter(t *testing.T, o *op, one, other *application) {
	o.with(claviger)
	b := browser(t)
	get(t, b, one.server.URL+"/page")
	r := sessionRequest(t, one, b)
	o.with(func(o *op) { o.tokensDown = true })
	if _, err := one.Refresh(r); err == nil || errors.Is(err, relying.ErrEnded) {
		t.Errorf("got %v", err)
	}
	o.with(func(o *op) { o.tokensDown = false })
	o.clock.add(10 * time.Minute)
	if s, err := other.Fresh(r); err != nil || s.Tokens.Refresh != "refresh-x" {
		t.Errorf("got %q, %v", s.Tokens.Refresh, err)
	}
}

// unsure is a store that takes the next record, and whose answer is lost.
type unsure struct {
	relying.SessionStore
	lost bool
}

func (s *unsure) Replace(ctx context.Context, r relying.SessionRecord) error {
	err := s.SessionStore.Replace(ctx, r)
	if err == nil && !s.lost {
		s.lost = true
		return errors.New("the store does not answer")
	}
	return err
}

// Who does not know whether they have reserved a session asks the provider nothing, and
// nobody waits for them.
func TestReservationThatMayHaveFailed(t *testing.T) {
	onEveryStore(t, testReservationThatMayHaveFailed)
}

func testReservationThatMayHaveFailed(t *testing.T, o *op, one, other *application) {
	o.with(claviger)
	b := browser(t)
	get(t, b, one.server.URL+"/page")
	r := sessionRequest(t, one, b)
	one.Sessions.Store = &unsure{SessionStore: one.Sessions.Store}
	if _, err := one.Refresh(r); err == nil || errors.Is(err, relying.ErrEnded) {
		t.Errorf("got %v", err)
	}
	begun, ticks := o.clock.Now(), &ticking{other.Sessions.Store, o.clock, time.Second}
	other.Sessions.Store = ticks
	s, err := other.Refresh(r)
	if err != nil || s.Tokens.Refresh != "refresh-x" || o.reuses() != 0 {
		t.Errorf("got %q, %v", s.Tokens.Refresh, err)
	}
	if looks := o.clock.Now().Sub(begun) / ticks.each; looks != 3 {
		t.Errorf("it looked %d times: to find the session, to reserve it, and to keep what came", looks)
	}
}
