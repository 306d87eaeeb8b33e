package oidc_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/storage"
)

// trips are the round trips to the stores, and a way to fail them.
type trips struct {
	mu   sync.Mutex
	made []string
	fail map[string]error
}

func (t *trips) note(what string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.made = append(t.made, what)
	return t.fail[what]
}

func (t *trips) of(do func()) []string {
	t.mu.Lock()
	t.made = nil
	t.mu.Unlock()
	do()
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.made)
}

func (t *trips) failing(what string, err error, do func()) {
	t.mu.Lock()
	t.fail = map[string]error{what: err}
	t.mu.Unlock()
	do()
	t.mu.Lock()
	t.fail = nil
	t.mu.Unlock()
}

type countedStore struct {
	storage.Store
	trips *trips
}

func (s countedStore) Tx(ctx context.Context, fn func(storage.Tx) error) error {
	if err := s.trips.note("durable write"); err != nil {
		return err
	}
	return s.Store.Tx(ctx, fn)
}

func (s countedStore) View(ctx context.Context, fn func(storage.Tx) error) error {
	if err := s.trips.note("durable read"); err != nil {
		return err
	}
	return s.Store.View(ctx, fn)
}

type countedEphemeral struct {
	storage.Ephemeral
	trips *trips
}

func (e countedEphemeral) Sessions() storage.Sessions {
	return countedSessions{e.Ephemeral.Sessions(), e.trips}
}
func (e countedEphemeral) Codes() storage.Codes { return countedCodes{e.Ephemeral.Codes(), e.trips} }
func (e countedEphemeral) Marks() storage.Marks { return countedMarks{e.Ephemeral.Marks(), e.trips} }

func (e countedEphemeral) Interactions() storage.Interactions {
	return countedInteractions{e.Ephemeral.Interactions(), e.trips}
}

type countedInteractions struct {
	storage.Interactions
	trips *trips
}

func (i countedInteractions) Take(ctx context.Context, id string, version int64, at time.Time) error {
	if err := i.trips.note("interaction take"); err != nil {
		return err
	}
	return i.Interactions.Take(ctx, id, version, at)
}

type countedSessions struct {
	storage.Sessions
	trips *trips
}

func (s countedSessions) Get(ctx context.Context, id string, at time.Time) (storage.Session, error) {
	if err := s.trips.note("session read"); err != nil {
		return storage.Session{}, err
	}
	return s.Sessions.Get(ctx, id, at)
}

func (s countedSessions) Act(ctx context.Context, a storage.Activity) (storage.Session, error) {
	if err := s.trips.note("session write"); err != nil {
		return storage.Session{}, err
	}
	return s.Sessions.Act(ctx, a)
}

type countedCodes struct {
	storage.Codes
	trips *trips
}

func (c countedCodes) Save(ctx context.Context, code storage.Code, a *storage.Activity) error {
	if err := c.trips.note("code write"); err != nil {
		return err
	}
	return c.Codes.Save(ctx, code, a)
}

func (c countedCodes) Redeem(ctx context.Context, hash []byte, sessionID string, at time.Time) (storage.Code, error) {
	if err := c.trips.note("code redeem"); err != nil {
		return storage.Code{}, err
	}
	return c.Codes.Redeem(ctx, hash, sessionID, at)
}

type countedMarks struct {
	storage.Marks
	trips *trips
}

func (m countedMarks) Any(ctx context.Context, at time.Time, keys ...string) (bool, error) {
	if err := m.trips.note("marks read"); err != nil {
		return false, err
	}
	return m.Marks.Any(ctx, at, keys...)
}

func (m countedMarks) Set(ctx context.Context, key string, at, until time.Time) (bool, error) {
	if err := m.trips.note("marks write"); err != nil {
		return false, err
	}
	return m.Marks.Set(ctx, key, at, until)
}

func TestRoundTrips(t *testing.T) { onEveryStore(t, testRoundTrips) }

func testRoundTrips(t *testing.T, w *world) {
	b := w.browser()
	b.code("portal")
	var (
		code string
		out  map[string]any
	)
	expect := func(what string, do func(), want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, w.trips.of(do)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	expect("authorize with a session", func() { code = b.code("portal") }, "session read", "code write")
	expect("code exchange", func() { _, out, _ = w.redeem("portal", exchange(code)) }, "code redeem", "durable write")
	expect("refresh", func() { out = w.refresh("portal", out["refresh_token"]) }, "session read", "durable write")
	expect("userinfo", func() { w.userinfo(out["access_token"]) }, "marks read", "durable write")
	var refused *http.Header
	expect("forged refresh token", func() {
		_, _, h := w.redeem("portal", refreshing(out["refresh_token"].(string)+"x"))
		refused = &h
	}, "durable write") // the record of the refusal
	if refused.Get("Cache-Control") != "no-store" {
		t.Error("a refusal may be cached")
	}
	expect("metadata", func() { b.get("/.well-known/openid-configuration"); b.get("/jwks") })
	expect("unknown client", func() { w.browser().do(http.MethodPost, "/token", exchange("x", "client_id", "nobody")) })
}

func TestWhatChangesMeanwhile(t *testing.T) { onEveryStore(t, testWhatChangesMeanwhile) }

func testWhatChangesMeanwhile(t *testing.T, w *world) {
	b := w.browser()
	page := b.get(ask("portal")).location(t).Path
	resume := strings.TrimSuffix(page, "/sign-in")
	b.do(http.MethodPost, page, url.Values{})
	w.trips.failing("interaction take", storage.ErrStale, func() {
		if to := b.get(resume).location(t).Path; to != resume {
			t.Errorf("an interaction that changed: went to %s", to)
		}
	})
	w.trips.failing("code write", storage.ErrEnded, func() {
		if q := b.get(resume).location(t).Query(); q.Get("error") != "login_required" || q.Get("state") != "st-portal" {
			t.Errorf("a session that ended at once: %v", q)
		}
	})
	b.code("portal")
	w.trips.failing("code write", storage.ErrEnded, func() {
		if to := b.get(ask("portal")).location(t).Path; !strings.HasSuffix(to, "/sign-in") {
			t.Errorf("a session that ended a moment ago: went to %s", to)
		}
		if q := b.get(ask("portal", "prompt", "none")).location(t).Query(); q.Get("error") != "login_required" {
			t.Errorf("the same with prompt=none: %v", q)
		}
	})
}

// TestStoresThatDoNotAnswer: the answer says so, and nothing is lost that cannot
// be had again.
func TestStoresThatDoNotAnswer(t *testing.T) { onEveryStore(t, testStoresThatDoNotAnswer) }

func testStoresThatDoNotAnswer(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal")
	down := storage.ErrUnavailable
	answered := func(what string, a answer) {
		t.Helper()
		if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || parse(t, a)["error"] != "temporarily_unavailable" {
			t.Errorf("%s: %d %v %s", what, a.status, a.header, a.body)
		}
	}
	w.expectDown = true
	for _, part := range []string{"session read", "durable write"} {
		w.trips.failing(part, down, func() {
			answered("refresh without "+part, w.post("/token", "portal", refreshing(out["refresh_token"].(string))))
		})
	}
	for _, part := range []string{"code redeem", "durable write"} {
		code := b.code("portal")
		w.trips.failing(part, down, func() { answered("code without "+part, w.post("/token", "portal", exchange(code))) })
	}
	for _, part := range []string{"marks read", "durable write"} {
		w.trips.failing(part, down, func() { answered("userinfo without "+part, w.userinfo(out["access_token"])) })
	}
	// A code that is used twice is refused even when that cannot be recorded,
	// but its grant must end: the client is told to come again.
	code := b.code("portal")
	w.redeem("portal", exchange(code))
	w.trips.failing("marks write", down, func() { answered("second use without marks", w.post("/token", "portal", exchange(code))) })
	w.expectDown = false
	for _, part := range []string{"session read", "code write"} {
		w.trips.failing(part, down, func() {
			if q := b.get(ask("portal")).location(t).Query(); q.Get("error") != "temporarily_unavailable" || q.Get("state") == "" {
				t.Errorf("authorize without %s: %v", part, q)
			}
		})
	}
	w.refresh("portal", out["refresh_token"])
	b.tokens("portal")
}
