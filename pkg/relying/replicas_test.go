package relying_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/pkg/relying"
)

// onEveryStore runs a test with two replicas of one application that share a store.
func onEveryStore(t *testing.T, test func(t *testing.T, o *op, one, other *application)) {
	t.Helper()
	for name, store := range map[string]func(*testing.T, *clock) relying.SessionStore{
		"memory": func(_ *testing.T, c *clock) relying.SessionStore { return &relying.MemoryStore{Now: c.Now} },
		"redis":  newRedisStore,
	} {
		t.Run(name, func(t *testing.T) {
			o := newOP(t)
			shared := store(t, o.clock)
			replica := func() *application {
				a := newApplication(t, o)
				a.Sessions.Store = shared
				return a
			}
			test(t, o, replica(), replica())
		})
	}
}

func TestReplicasShareSessions(t *testing.T) { onEveryStore(t, testReplicasShareSessions) }

func testReplicasShareSessions(t *testing.T, o *op, one, other *application) {
	o.with(func(o *op) {
		o.idClaims = map[string]any{
			"sid": "sid-1", "act": map[string]any{"sub": "sub-9"},
			"delegation": map[string]any{"id": "d", "purpose": "payment", "exp": 1806537600},
		}
	})
	b := browser(t)
	get(t, b, one.server.URL+"/page")
	r := sessionRequest(t, one, b)
	begun, ok := one.Session(r)
	if !ok || begun.IDToken.Actor.Person() != "sub-9" || begun.IDToken.Claims["sid"] != "sid-1" || begun.IDToken.Raw == "" {
		t.Fatalf("%v %+v", ok, begun)
	}
	same, ok := other.Session(r)
	if diff := cmp.Diff(begun, same, cmp.AllowUnexported(relying.Session{})); !ok || diff != "" {
		t.Errorf("the other replica knows another session: %s", diff)
	}
	// What is done at one is known at the other.
	o.clock.add(10 * time.Minute)
	if _, err := other.Sessions.Touch(t.Context(), b.Jar.Cookies(r.URL)[0].Value); err != nil {
		t.Fatal(err)
	}
	o.clock.add(10 * time.Minute)
	if s, ok := one.Session(r); !ok || s.Left(o.clock.Now()) != 5*time.Minute {
		t.Errorf("left %v", s.Left(o.clock.Now()))
	}
	// No refresh token is used twice, whoever refreshes; the provider refuses the second use.
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			if _, err := []*application{one, other}[i%2].Refresh(r); err != nil {
				t.Errorf("refreshing at the same time: %v", err)
			}
		})
	}
	all.Wait()
	if s, ok := one.Session(r); !ok || s.Tokens.Refresh != "refresh-xxxxxx" {
		t.Errorf("%v, the refresh token is %q", ok, s.Tokens.Refresh)
	}
	// The end is told to one of them, and to each application what it wants to know of it.
	var heard []string
	refuse := errors.New("not now")
	other.Ended = func(_ context.Context, token relying.LogoutToken) error {
		heard = append(heard, token.SessionID)
		return refuse
	}
	token := o.signing.sign(t, "logout+jwt", o.logoutClaims(nil))
	if status := told(other, token); status != http.StatusServiceUnavailable {
		t.Errorf("status %d: the provider would not tell again", status)
	}
	refuse = nil
	if status := told(other, token); status != http.StatusOK || strings.Join(heard, " ") != "sid-1 sid-1" {
		t.Errorf("status %d, heard %q", status, heard)
	}
	if _, ok := one.Session(r); ok {
		t.Error("signed in at one replica after the other was told of the end")
	}
	if _, err := one.Fresh(r); !errors.Is(err, relying.ErrEnded) {
		t.Errorf("got %v", err)
	}
}

// A sign-in whose end is told at one replica while its code is redeemed at the other
// begins nothing.
func TestEndAtAnotherReplica(t *testing.T) { onEveryStore(t, testEndAtAnotherReplica) }

func testEndAtAnotherReplica(t *testing.T, o *op, one, other *application) {
	o.with(func(o *op) {
		o.idClaims = map[string]any{"sid": "sid-1"}
		o.meanwhile = func() {
			if status := told(other, o.signing.sign(t, "logout+jwt", o.logoutClaims(nil))); status != http.StatusOK {
				t.Errorf("status %d", status)
			}
		}
	})
	b := browser(t)
	b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/page" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	for attempt, want := range []bool{false, true} {
		res, err := b.Get(one.server.URL + "/page")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if _, ok := one.Session(sessionRequest(t, one, b)); ok != want {
			t.Errorf("attempt %d: signed in %v, want %v", attempt, ok, want)
		}
	}
}

// broken is a store that does not answer.
type broken struct{ relying.SessionStore }

func (broken) Get(context.Context, string) (relying.SessionRecord, error) {
	return relying.SessionRecord{}, fmt.Errorf("the store does not answer")
}

// Nobody is sent to sign in again, and again, while the store does not answer.
func TestStoreThatDoesNotAnswer(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	store := &relying.MemoryStore{Now: o.clock.Now}
	a.Sessions.Store = store
	b := browser(t)
	get(t, b, a.server.URL+"/page")
	r := sessionRequest(t, a, b)
	a.Sessions.Store = broken{store}
	if res, _ := get(t, b, a.server.URL+"/page"); res.StatusCode != http.StatusBadRequest || len(a.faults) != 1 {
		t.Errorf("%d, faults %v", res.StatusCode, a.faults)
	}
	if _, err := a.Report(r); err == nil || errors.Is(err, relying.ErrEnded) {
		t.Errorf("got %v", err)
	}
	a.Sessions.Store = store
	if _, ok := a.Session(r); !ok {
		t.Error("signed out")
	}
}

// counted is a store that counts.
type counted struct {
	relying.SessionStore
	gets, replaced atomic.Int64
}

func (c *counted) Get(ctx context.Context, key string) (relying.SessionRecord, error) {
	c.gets.Add(1)
	return c.SessionStore.Get(ctx, key)
}

func (c *counted) Replace(ctx context.Context, r relying.SessionRecord) error {
	c.replaced.Add(1)
	return c.SessionStore.Replace(ctx, r)
}

// Who waits for somebody who refreshes changes nothing: whoever refreshes must be able to
// keep what the provider has issued.
func TestWhoWaitsForARefreshOnlyLooks(t *testing.T) { onEveryStore(t, testWhoWaitsOnlyLooks) }

func testWhoWaitsOnlyLooks(t *testing.T, o *op, one, other *application) {
	b := browser(t)
	get(t, b, one.server.URL+"/page")
	r := sessionRequest(t, one, b)
	o.clock.add(6 * time.Minute) // the access token is over
	store := &counted{SessionStore: one.Sessions.Store}
	one.Sessions.Store, other.Sessions.Store = store, store
	fresh := func(a *application) {
		if _, err := a.Fresh(r); err != nil {
			t.Errorf("refreshing at the same time: %v", err)
		}
	}
	var all sync.WaitGroup
	o.with(func(o *op) {
		o.refreshing = func() {
			const waiters = 4
			for i := range waiters {
				all.Go(func() { fresh([]*application{one, other}[i%2]) })
			}
			for begun := store.gets.Load(); store.gets.Load() < begun+5*waiters; {
				time.Sleep(time.Millisecond)
			}
			if n := store.replaced.Load(); n != 1 {
				t.Errorf("the session was replaced %d times, by one who refreshes and others who wait", n)
			}
		}
	})
	fresh(one)
	all.Wait()
	if s, ok := other.Session(r); !ok || s.Tokens.Refresh != "refresh-x" {
		t.Errorf("%v, the refresh token is %q", ok, s.Tokens.Refresh)
	}
}

// during runs something after a command of a kind was answered, once.
type during struct {
	kind string
	then func()
}

func (*during) DialHook(next redis.DialHook) redis.DialHook { return next }

func (*during) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (d *during) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		err := next(ctx, command)
		if then := d.then; then != nil && command.Name() == d.kind {
			d.then = nil
			then()
		}
		return err
	}
}

// The store on Redis forgets nothing that the next end has to find, and keeps nothing that
// is over.
func TestRedisStore(t *testing.T) {
	c := newClock()
	ctx, store := t.Context(), newRedisStore(t, c).(*redisStore)
	record := func(key string, ends time.Time) relying.SessionRecord {
		return relying.SessionRecord{Key: key, SignIn: "sid-1", Subject: "sub-1", Ends: ends, Version: 1, Sealed: []byte("x")}
	}
	create := func(key string, ends time.Time) {
		t.Helper()
		if err := store.Create(ctx, record(key, ends)); err != nil {
			t.Fatal(err)
		}
	}
	soon := c.Now().Add(time.Minute)
	end := relying.SignInEnd{SignIn: "sid-1", Issued: c.Now(), Until: soon}
	create("early", soon)
	store.db.AddHook(&during{"smembers", func() { create("between", soon) }})
	for range 2 {
		if err := store.EndSignIn(ctx, end); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"early", "between"} {
		if _, err := store.Get(ctx, key); !errors.Is(err, relying.ErrNoSession) {
			t.Errorf("%s: %v after the second end", key, err)
		}
	}
	create("over", c.Now())
	create("shortened", soon)
	shorter := record("shortened", c.Now().Add(-time.Second))
	shorter.Version = 2
	if err := store.Replace(ctx, shorter); err != nil {
		t.Fatal(err)
	}
	end.SignIn, end.Until = "sid-2", c.Now()
	if err := store.EndSignIn(ctx, end); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{store.record("over"), store.record("shortened"), store.end("sid-2")} {
		if left, err := store.db.TTL(ctx, name).Result(); err != nil || left == -1 {
			t.Errorf("%s is kept for ever (%v, %v)", name, left, err)
		}
	}
}
