package oidc_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// restrict gives an application limits of its own.
func (w *world) restrict(clientID string, idle, absolute time.Duration) {
	w.t.Helper()
	ctx := context.Background()
	if err := w.Store.Tx(ctx, func(tx storage.Tx) error {
		c, err := tx.Clients().Get(ctx, clientID)
		if err != nil {
			return err
		}
		c.SessionIdle, c.SessionAbsolute, c.UpdatedAt = int64(idle/time.Second), int64(absolute/time.Second), tx.Now().Add(time.Second)
		return tx.Clients().Update(ctx, c)
	}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Clients.Poll(ctx); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ended(reason string) {
	w.t.Helper()
	if n, err := w.Sessions.Reap(context.Background()); err != nil || n != 1 {
		w.t.Errorf("the reaper ended %d sessions, %v", n, err)
	}
	if e := w.ends(); len(e) != 1 || !strings.Contains(e[0], `"reason":"`+reason+`"`) {
		w.t.Errorf("ended = %v", e)
	}
}

func (w *world) nothingEnds() {
	w.t.Helper()
	if n, err := w.Sessions.Reap(context.Background()); err != nil || n != 0 {
		w.t.Errorf("the reaper ended %d sessions, %v", n, err)
	}
}

// TestTheIdleLimitOfAnApplication: who takes part decides, for all that do, and
// refreshing every minute does not help.
func TestTheIdleLimitOfAnApplication(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		w.restrict("post", 5*time.Minute, 0)
		b := w.browser()
		lax := b.tokens("portal")
		w.clock.add(4 * time.Minute)
		w.wantLeft("before the strict one took part", w.left(lax["access_token"]), 11*60)
		strict := b.tokens("post")
		for range 4 {
			w.clock.add(time.Minute)
			lax, strict = w.refresh("portal", lax["refresh_token"]), w.refresh("post", strict["refresh_token"])
		}
		w.clock.add(59 * time.Second)
		w.nothingEnds()
		w.wantLeft("a second before the limit", w.left(lax["access_token"]), 1)
		w.clock.add(2 * time.Second)
		for _, token := range []any{lax["access_token"], strict["access_token"]} {
			if a := w.left(token); a.status != http.StatusUnauthorized {
				t.Errorf("a second after the limit: %d %s", a.status, a.body)
			}
		}
		w.ended("idle")
	})
}

func TestTheAbsoluteLimitOfAnApplication(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		w.restrict("post", 0, 10*time.Minute)
		b := w.browser()
		out := b.tokens("post")
		for range 3 {
			w.clock.add(3 * time.Minute)
			out = w.refresh("post", out["refresh_token"])
			w.report(out["access_token"])
		}
		w.clock.add(59 * time.Second)
		w.nothingEnds()
		w.wantLeft("a second before the limit", w.report(out["access_token"]), 1)
		w.clock.add(2 * time.Second)
		if a := w.report(out["access_token"]); a.status != http.StatusUnauthorized {
			t.Errorf("a second after the limit: %d %s", a.status, a.body)
		}
		w.ended("absolute")
	})
}

// TestASessionThatAStricterApplicationDoesNotTake: its person signs in again, a
// request that forbids asking ends nothing.
func TestASessionThatAStricterApplicationDoesNotTake(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		w.restrict("post", 5*time.Minute, 0)
		w.restrict("spa", 0, 8*time.Minute)
		b := w.browser()
		b.tokens("portal")
		asked := func(clientID string) bool {
			if to := b.get(ask(clientID, "prompt", "none")).location(t); to.Query().Get("code") == "" {
				if to.Query().Get("error") != "login_required" {
					t.Errorf("%s: %s", clientID, to)
				}
				return strings.HasSuffix(b.get(ask(clientID)).location(t).Path, "/sign-in")
			}
			return false
		}
		w.clock.add(5*time.Minute - time.Second)
		if asked("spa") {
			t.Error("a session that is young enough does not do")
		}
		w.clock.add(2 * time.Second)
		if !asked("post") {
			t.Error("a session that was idle for longer than the application allows does")
		}
		b.tokens("portal") // by the session that was there
		w.nothingEnds()
		w.clock.add(3*time.Minute - 2*time.Second)
		before := w.count("session.created")
		w.restrict("discreet", 0, 8*time.Minute)
		out := b.tokens("discreet") // at 7:59
		w.clock.add(2 * time.Second)
		if a := w.report(out["access_token"]); a.status != http.StatusUnauthorized {
			t.Errorf("after the absolute limit: %d %s", a.status, a.body)
		}
		if n := w.count("session.created"); n != before {
			t.Errorf("%d sessions began", n-before)
		}
	})
}

func TestTheLimitsOfARole(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		w.Sessions.Limits.Roles = map[string]session.Limits{"admin": {Idle: 10 * time.Minute}, "guard": {Idle: 12 * time.Minute}}
		w.Sessions.Roles = func(_ context.Context, _ storage.Tx, id string) ([]string, error) {
			if id != w.person.ID {
				t.Errorf("the roles of %s", id)
			}
			return []string{"guard", "admin"}, nil
		}
		out := w.browser().tokens("portal")
		for range 9 {
			w.clock.add(time.Minute)
			out = w.refresh("portal", out["refresh_token"])
		}
		w.clock.add(59 * time.Second)
		w.nothingEnds()
		w.wantLeft("a second before the limit", w.left(out["access_token"]), 1)
		w.clock.add(2 * time.Second)
		w.refused("after the limit", "portal", out["refresh_token"], "invalid_grant")
		w.ended("idle")
	})
}
