package relying_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
