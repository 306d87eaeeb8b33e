package session_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

// world is a session service on the embedded stores, with a clock of its own.
type world struct {
	*session.Service
	now time.Time
}

var begun = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, teststores.Embedded)
}

func newWorldOn(t *testing.T, stores func(testing.TB, func() time.Time) (storage.Store, storage.Ephemeral)) *world {
	t.Helper()
	w := &world{now: begun}
	clock := func() time.Time { return w.now }
	log := slog.New(slog.DiscardHandler)
	durable, ephemeral := stores(t, clock)
	w.Service = &session.Service{
		Store: durable, Ephemeral: ephemeral, Now: clock, Log: log, TombstoneFor: 10 * time.Minute,
		Limits: session.Limits{Idle: 15 * time.Minute, SharedIdle: 5 * time.Minute, Absolute: time.Hour},
	}
	return w
}

func (w *world) begin(t *testing.T, shared bool) (string, storage.Session) {
	t.Helper()
	cookie, s, err := w.Begin(t.Context(), session.Beginning{PersonID: "p", Subject: "sub", AuthTime: w.now, ACR: "x", AMR: []string{"pwd"}, Shared: shared})
	if err != nil {
		t.Fatal(err)
	}
	return cookie, s
}

func (w *world) grant(t *testing.T, id, sessionID string) {
	t.Helper()
	if err := w.Store.Tx(t.Context(), func(tx storage.Tx) error {
		return tx.Grants().Insert(t.Context(), storage.Grant{ID: id, ClientID: "portal", PersonID: "p", SessionID: sessionID, CreatedAt: w.now, ExpiresAt: w.now.Add(24 * time.Hour)})
	}); err != nil {
		t.Fatal(err)
	}
}

// events returns the bodies of all events of a kind.
func (w *world) events(t *testing.T, kind string) []string {
	t.Helper()
	var found []string
	if err := w.Store.View(t.Context(), func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(t.Context(), 1000)
		for _, e := range all {
			if e.Kind == kind {
				found = append(found, string(e.Body))
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

func (w *world) reap(t *testing.T, want int) {
	t.Helper()
	n, err := w.Reap(t.Context())
	if err != nil || n != want {
		t.Fatalf("Reap ended %d (%v), want %d", n, err, want)
	}
}

func TestResolve(t *testing.T) {
	w := newWorld(t)
	cookie, s := w.begin(t, false)
	got, err := w.Resolve(t.Context(), cookie)
	if err != nil || got.ID != s.ID || got.PersonID != "p" {
		t.Fatalf("Resolve = %+v, %v", got, err)
	}
	if strings.Contains(string(s.SecretHash), cookie) || len(cookie) != 26+1+43 {
		t.Errorf("cookie %q", cookie)
	}
	id, secret, _ := strings.Cut(cookie, ".")
	wrong := "A" + secret[1:]
	if secret[0] == 'A' {
		wrong = "B" + secret[1:]
	}
	other, _ := w.begin(t, false)
	for name, c := range map[string]string{
		"empty": "", "id only": id, "no secret": id + ".", "wrong secret": id + "." + wrong, "cut": cookie[:len(cookie)-1],
		"long": cookie + "a", "another's secret": id + other[26:], "unknown id": strings.Repeat("z", 26) + "." + secret, "huge": strings.Repeat("a", 1<<16),
	} {
		if _, err := w.Resolve(t.Context(), c); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
}

func TestIdleLimit(t *testing.T) {
	for _, test := range []struct {
		shared bool
		limit  time.Duration
	}{{false, 15 * time.Minute}, {true, 5 * time.Minute}} {
		w := newWorld(t)
		cookie, s := w.begin(t, test.shared)
		w.now = begun.Add(test.limit - time.Second)
		w.reap(t, 0)
		if _, err := w.Resolve(t.Context(), cookie); err != nil {
			t.Errorf("a second before the limit: %v", err)
		}
		w.now = begun.Add(test.limit + time.Second)
		if _, err := w.Resolve(t.Context(), cookie); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("a second after the limit, before the reaper came: %v", err)
		}
		if _, err := w.Touch(t.Context(), s.ID); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("activity woke a dead session: %v", err)
		}
		w.reap(t, 1)
		events := w.events(t, "session.ended")
		if len(events) != 1 || !strings.Contains(events[0], `"reason":"idle"`) {
			t.Errorf("events = %v", events)
		}
	}
}

func TestWhatNoPersonDoesKeepsNothingAlive(t *testing.T) {
	w := newWorld(t)
	cookie, s := w.begin(t, false)
	for range 14 {
		w.now = w.now.Add(time.Minute)
		if _, err := w.Alive(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Resolve(t.Context(), cookie); err != nil {
			t.Fatal(err)
		}
	}
	w.now = w.now.Add(time.Minute)
	if _, err := w.Alive(t.Context(), s.ID); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("polling kept the session alive: %v", err)
	}
}

func TestActivityKeepsASessionAliveUpToTheAbsoluteLimit(t *testing.T) {
	w := newWorld(t)
	cookie, s := w.begin(t, false)
	for range 5 {
		w.now = w.now.Add(10 * time.Minute)
		if _, err := w.Touch(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.now = begun.Add(time.Hour - time.Second)
	if _, err := w.Resolve(t.Context(), cookie); err != nil {
		t.Errorf("a second before the absolute limit: %v", err)
	}
	w.now = begun.Add(time.Hour + time.Second)
	if _, err := w.Resolve(t.Context(), cookie); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("a second after the absolute limit: %v", err)
	}
	w.reap(t, 1)
	if events := w.events(t, "session.ended"); len(events) != 1 || !strings.Contains(events[0], `"reason":"absolute"`) {
		t.Errorf("events = %v", events)
	}
}

func TestEndEndsGrantsAndLeavesAMark(t *testing.T) {
	w := newWorld(t)
	cookie, s := w.begin(t, false)
	_, other := w.begin(t, false)
	w.grant(t, "g1", s.ID)
	w.grant(t, "g2", other.ID)
	for range 2 { // the second time there is nothing left to do
		if err := w.End(t.Context(), s.ID, session.ReasonLogout); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Resolve(t.Context(), cookie); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("after End: %v", err)
	}
	if marked, err := w.Ephemeral.Marks().Any(t.Context(), w.now, session.Mark(s.ID)); err != nil || !marked {
		t.Errorf("marked %v, %v", marked, err)
	}
	if err := w.Store.View(t.Context(), func(tx storage.Tx) error {
		g1, err1 := tx.Grants().Get(t.Context(), "g1")
		g2, err2 := tx.Grants().Get(t.Context(), "g2")
		if g1.EndReason != "logout" || !g2.EndedAt.IsZero() {
			t.Errorf("grants = %+v, %+v", g1, g2)
		}
		return errors.Join(err1, err2)
	}); err != nil {
		t.Fatal(err)
	}
	if n := len(w.events(t, "session.ended")); n != 1 {
		t.Errorf("%d session.ended events", n)
	}
	if n := len(w.events(t, "grant.ended")); n != 1 {
		t.Errorf("%d grant.ended events", n)
	}
}

func TestANewAuthenticationEndsTheOldSession(t *testing.T) {
	w := newWorld(t)
	old, s := w.begin(t, false)
	cookie, next, err := w.Begin(t.Context(), session.Beginning{PersonID: "p", Replaces: s.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Resolve(t.Context(), old); !errors.Is(err, storage.ErrNotFound) {
		t.Error("the old cookie still works")
	}
	if _, err := w.Resolve(t.Context(), cookie); err != nil || next.ID == s.ID {
		t.Error("the new one does not")
	}
}

func TestEndByPerson(t *testing.T) {
	w := newWorld(t)
	a, _ := w.begin(t, false)
	b, _ := w.begin(t, true)
	if err := w.EndByPerson(t.Context(), "p", session.ReasonOperator); err != nil {
		t.Fatal(err)
	}
	for _, c := range []string{a, b} {
		if _, err := w.Resolve(t.Context(), c); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("after EndByPerson: %v", err)
		}
	}
}

func TestEndUpTo(t *testing.T) {
	w := newWorld(t)
	old, _ := w.begin(t, false)
	changed := w.now.Add(90 * time.Second)
	w.now = changed.Add(time.Microsecond)
	young, _ := w.begin(t, false)
	stale, _, err := w.Begin(t.Context(), session.Beginning{PersonID: "p", Subject: "s", AuthTime: changed.Add(-time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.EndUpTo(t.Context(), "p", changed, session.ReasonPasswordChanged); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]string{"of before": old, "of an authentication of before": stale} {
		if _, err := w.Resolve(t.Context(), c); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("the session %s: %v", name, err)
		}
	}
	if _, err := w.Resolve(t.Context(), young); err != nil {
		t.Errorf("the session of after: %v", err)
	}
}

// brittle is an ephemeral store that dies at the removal of a session, once.
type brittle struct {
	storage.Ephemeral
	broken bool
}

type brittleSessions struct {
	storage.Sessions
	b *brittle
}

func (b *brittle) Sessions() storage.Sessions { return brittleSessions{b.Ephemeral.Sessions(), b} }

func (s brittleSessions) Remove(ctx context.Context, ids ...string) (int, error) {
	if s.b.broken {
		s.b.broken = false
		return 0, storage.ErrUnavailable
	}
	return s.Sessions.Remove(ctx, ids...)
}

func TestAnEndThatWasInterruptedIsFinishedLater(t *testing.T) {
	w := newWorld(t)
	_, s := w.begin(t, false)
	w.grant(t, "g", s.ID)
	w.Ephemeral = &brittle{Ephemeral: w.Ephemeral, broken: true}
	w.now = begun.Add(time.Hour)
	if n, err := w.Reap(t.Context()); n != 0 || !errors.Is(err, storage.ErrUnavailable) {
		t.Fatalf("Reap = %d, %v", n, err)
	}
	w.reap(t, 0) // still leased
	w.now = w.now.Add(time.Minute)
	w.reap(t, 1)
	w.now = w.now.Add(time.Hour)
	w.reap(t, 0)
	if n := len(w.events(t, "session.ended")); n != 1 {
		t.Errorf("%d session.ended events, want 1", n)
	}
	if n := len(w.events(t, "grant.ended")); n != 1 {
		t.Errorf("%d grant.ended events, want 1", n)
	}
}

// dying is the ephemeral store of a process that dies when it is told to: nothing that
// it asks for after that happens.
type dying struct {
	storage.Ephemeral
	dead bool
}

type dyingSessions struct {
	storage.Sessions
	d *dying
}

type dyingMarks struct {
	storage.Marks
	d *dying
}

func (d *dying) Sessions() storage.Sessions { return dyingSessions{d.Ephemeral.Sessions(), d} }
func (d *dying) Marks() storage.Marks       { return dyingMarks{d.Ephemeral.Marks(), d} }

func (s dyingSessions) Remove(ctx context.Context, ids ...string) (int, error) {
	if s.d.dead {
		return 0, storage.ErrUnavailable
	}
	return s.Sessions.Remove(ctx, ids...)
}

func (m dyingMarks) SetAll(ctx context.Context, at time.Time, all ...storage.Mark) error {
	if m.d.dead {
		return storage.ErrUnavailable
	}
	return m.Marks.SetAll(ctx, at, all...)
}

// TestAnEndThatNobodyFinishes: whoever ends a session dies before it is written down, or
// after that and before it is removed, and no application has to be told, which would
// find it. Its person is signed out at once, and others do what is left.
func TestAnEndThatNobodyFinishes(t *testing.T) {
	for backend, stores := range map[string]func(testing.TB, func() time.Time) (storage.Store, storage.Ephemeral){
		"embedded": teststores.Embedded, "postgres+redis": teststores.Servers,
	} {
		for at, committed := range map[string]bool{"before the commit": false, "after the commit": true} {
			t.Run(backend+"/"+at, func(t *testing.T) {
				w := newWorldOn(t, stores)
				cookie, s := w.begin(t, false)
				w.grant(t, "g", s.ID)
				process := &dying{Ephemeral: w.Ephemeral}
				w.Ephemeral = process
				w.Ended = func(context.Context, storage.Tx, storage.Session, string) error {
					process.dead = true
					if committed {
						return nil
					}
					return storage.ErrUnavailable
				}
				if err := w.EndByPerson(t.Context(), "p", session.ReasonOperator); !errors.Is(err, storage.ErrUnavailable) {
					t.Fatalf("EndByPerson = %v", err)
				}
				if n := len(w.events(t, "grant.ended")); n != map[bool]int{true: 1}[committed] {
					t.Fatalf("%d grants ended", n)
				}

				w.Ephemeral, w.Ended = process.Ephemeral, nil // another process
				if _, err := w.Resolve(t.Context(), cookie); !errors.Is(err, storage.ErrNotFound) {
					t.Errorf("the browser is signed in: %v", err)
				}
				if why, err := w.Why(t.Context(), cookie); err != nil || why != session.ReasonOperator {
					t.Errorf("the browser is told %q, %v", why, err)
				}
				w.reap(t, 0) // it could be under way
				w.now = w.now.Add(10 * time.Second)
				w.reap(t, 1)
				if n, err := w.Ephemeral.Sessions().Count(t.Context()); err != nil || n != 0 {
					t.Errorf("%d sessions are left, %v", n, err)
				}
				if marked, err := w.Ephemeral.Marks().Any(t.Context(), w.now, session.Mark(s.ID)); err != nil || !marked {
					t.Errorf("its access tokens: marked %v, %v", marked, err)
				}
				for _, e := range append(w.events(t, "session.ended"), w.events(t, "grant.ended")...) {
					if !strings.Contains(e, `"reason":"operator"`) {
						t.Errorf("recorded: %s", e)
					}
				}
				if ends, grants := len(w.events(t, "session.ended")), len(w.events(t, "grant.ended")); ends < 1 || grants != 1 {
					t.Errorf("%d session.ended and %d grant.ended events", ends, grants)
				}
				w.now = w.now.Add(time.Hour)
				w.reap(t, 0)
			})
		}
	}
}

func TestASessionThatCannotBeStoredIsNotedAndNotBegun(t *testing.T) {
	w := newWorld(t)
	if err := w.Ephemeral.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Begin(t.Context(), session.Beginning{PersonID: "p"}); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("Begin = %v, want ErrUnavailable", err)
	}
	events := append(w.events(t, "session.created"), w.events(t, "session.ended")...)
	if len(events) != 2 || !slices.ContainsFunc(events, func(e string) bool { return strings.Contains(e, "not_started") }) {
		t.Errorf("events = %v", events)
	}
}

// TestReapOneByOne: a session that cannot be ended does not keep the others of its
// batch.
func TestReapOneByOne(t *testing.T) {
	w := newWorld(t)
	_, stuck := w.begin(t, false)
	w.begin(t, false)
	w.begin(t, false)
	w.Ended = func(_ context.Context, _ storage.Tx, s storage.Session, _ string) error {
		if s.ID == stuck.ID {
			return errors.New("this one does not")
		}
		return nil
	}
	w.now = w.now.Add(time.Hour)
	if n, err := w.Reap(t.Context()); n != 2 || err == nil {
		t.Errorf("Reap ended %d, %v", n, err)
	}
	w.Ended = nil
	w.now = w.now.Add(time.Minute) // the lease is over
	if n, err := w.Reap(t.Context()); n != 1 || err != nil {
		t.Errorf("then Reap ended %d, %v", n, err)
	}
}
