package oidc_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// TestTheNewestSessionsStay: one sign-in too many ends the session that began
// first, and the applications of that session are told.
func TestTheNewestSessionsStay(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		w.Sessions.Limits.Concurrent = session.Concurrent{Most: 2}
		l := newListener(t)
		register(t, w, l.client("told"))
		first, second, third := w.browser(), w.browser(), w.browser()
		set := first.tokens("told")
		id, _ := w.claimsOf(set["id_token"])
		w.clock.add(time.Second)
		second.tokens("told")
		if n := w.count("session.ended"); n != 0 {
			t.Errorf("%d sessions ended while there was room", n)
		}
		w.clock.add(time.Second)
		third.tokens("told")
		for name, test := range map[string]struct {
			b     *browser
			error string
		}{"first": {first, "login_required"}, "second": {second, ""}, "third": {third, ""}} {
			if got := test.b.get(ask("told", "prompt", "none")).location(t).Query().Get("error"); got != test.error {
				t.Errorf("%s: %q, want %q", name, got, test.error)
			}
		}
		if a := w.userinfo(set["access_token"]); a.status != http.StatusUnauthorized {
			t.Errorf("an access token of the first session: %d", a.status)
		}
		if l := ledgerOf(w, id["sid"], "told"); l.State != storage.LogoutPending {
			t.Errorf("ledger = %+v", l)
		}
		if e := w.ends(); len(e) != 1 || !strings.Contains(e[0], `"reason":"concurrent_limit"`) {
			t.Errorf("ended = %v", e)
		}
	})
}

// TestSignInAgainInTheSameBrowser: it takes the place of its own session, not of
// another one.
func TestSignInAgainInTheSameBrowser(t *testing.T) {
	for _, oldest := range []bool{false, true} {
		onEveryStore(t, func(t *testing.T, w *world) {
			w.Sessions.Limits.Concurrent = session.Concurrent{Most: 2, OldestWins: oldest}
			first, second := w.browser(), w.browser()
			first.tokens("portal")
			w.clock.add(time.Second)
			second.tokens("portal")
			w.clock.add(time.Second)
			second.tokens("portal", "prompt", "login")
			if e := w.ends(); len(e) != 1 || !strings.Contains(e[0], `"reason":"replaced"`) {
				t.Errorf("ended = %v", e)
			}
		})
	}
}

// TestTheOldestSessionsStay: who is signed in elsewhere reads so, and goes on once that
// session has ended, or goes back to the application.
func TestTheOldestSessionsStay(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		w.Sessions.Limits.Concurrent = session.Concurrent{Most: 1, OldestWins: true}
		first, second := w.browser(), w.browser()
		first.tokens("portal")
		w.clock.add(time.Second)
		page := second.get(ask("portal")).location(t).Path
		resume := second.do(http.MethodPost, page, url.Values{}).location(t).Path
		for range 2 { // however often they try
			if to := second.get(resume).location(t); to.Path != resume+"/elsewhere" {
				t.Fatalf("who is signed in elsewhere is sent to %s", to)
			}
		}
		if to := second.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("error") != "login_required" {
			t.Errorf("the second browser is signed in: %s", to)
		}
		if to := first.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("code") == "" {
			t.Errorf("the first browser is not: %s", to)
		}
		if e := w.ends(); len(e) != 0 {
			t.Errorf("ended = %v", e)
		}
		// Who signs in again where they are takes no other place.
		first.tokens("portal", "prompt", "login")
		all, err := w.Sessions.Own(t.Context(), w.person.ID)
		if err != nil || len(all) != 1 {
			t.Fatalf("%d sessions, %v", len(all), err)
		}
		if err := w.Sessions.End(t.Context(), all[0].ID, session.ReasonLogout); err != nil {
			t.Fatal(err)
		}
		if to := second.get(resume).location(t); to.Query().Get("code") == "" {
			t.Errorf("after the end of the first session: %s", to)
		}
	})
}

// TestSignInsAtOnce: however many begin at the same moment, no more stay than may.
func TestSignInsAtOnce(t *testing.T) {
	for _, limit := range []session.Concurrent{{Most: 1}, {Most: 3}, {Most: 1, OldestWins: true}, {Most: 3, OldestWins: true}} {
		onEveryStore(t, func(t *testing.T, w *world) {
			w.Sessions.Limits.Concurrent = limit
			ctx := context.Background()
			var all sync.WaitGroup
			for range 12 {
				all.Go(func() {
					_, _, err := w.Sessions.Begin(ctx, session.Beginning{PersonID: w.person.ID, Subject: w.person.Subject, AuthTime: w.clock.now()})
					if err != nil && !errors.Is(err, session.ErrTooMany) {
						t.Errorf("Begin: %v", err)
					}
				})
			}
			all.Wait()
			left, err := w.Sessions.Ephemeral.Sessions().ByPeople(ctx, w.clock.now(), w.person.ID)
			if err != nil || len(left) > limit.Most || len(left) == 0 {
				t.Errorf("%+v: %d sessions stay, %v", limit, len(left), err)
			}
			if held, err := w.Sessions.Ephemeral.Sessions().Count(ctx); err != nil || held != int64(len(left)) {
				t.Errorf("%+v: %d sessions are held, %d found, %v", limit, held, len(left), err)
			}
		})
	}
}

// ends returns the audit events of sessions that ended.
func (w *world) ends() []string { return w.bodies("session.ended") }

// bodies returns the events of a kind, as they are stored.
func (w *world) bodies(kind string) []string {
	w.t.Helper()
	var found []string
	if err := w.Store.View(w.t.Context(), func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(w.t.Context(), 10_000)
		for _, e := range all {
			if e.Kind == kind {
				found = append(found, string(e.Body))
			}
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return found
}
