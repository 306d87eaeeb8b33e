package oidc_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
)

// TestAnOperatorEndsManySessions: those in which an application took part, then
// everyone's.
func TestAnOperatorEndsManySessions(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), audit.Actor{Type: "operator", ID: "op"}
		l := newListener(t)
		register(t, w, l.client("told"))
		there, elsewhere := w.browser(), w.browser()
		id, _ := w.claimsOf(there.tokens("told")["id_token"])
		elsewhere.tokens("portal")
		sweep := func(o session.Sweep, want int) {
			t.Helper()
			if n, err := w.Sessions.EndSwept(ctx, o); err != nil || n != want {
				t.Errorf("EndSwept(%+v) = %d, %v", o, n, err)
			}
		}
		if n, err := w.Sessions.EndSwept(ctx, session.Sweep{Reason: "all of them!", By: by}); n != 0 || err == nil || problem.From(err).Code != problem.Invalid {
			t.Errorf("EndSwept = %d, %v", n, err)
		}
		sweep(session.Sweep{ClientID: "told", Reason: "incident", By: by}, 1)
		if got := ledgerOf(w, id["sid"], "told"); got.Reason != "operator" {
			t.Errorf("ledger = %+v", got)
		}
		if to := elsewhere.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("code") == "" {
			t.Errorf("a session without the application ended: %s", to)
		}
		sweep(session.Sweep{ClientID: "told", Reason: "incident", By: by}, 0)
		sweep(session.Sweep{Reason: "incident", By: by}, 1)
		if to := elsewhere.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("error") != "login_required" {
			t.Errorf("still signed in: %s", to)
		}
		if n := w.count("session.end_ordered"); n != 3 {
			t.Errorf("%d session.end_ordered events", n)
		}
	})
}

// TestAnOperatorEndsSessions: one of a person's, then all of them.
func TestAnOperatorEndsSessions(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), audit.Actor{Type: "operator", ID: "op"}
		first, second, third := w.browser(), w.browser(), w.browser()
		set := first.tokens("portal")
		id, _ := w.claimsOf(set["id_token"])
		w.clock.add(time.Second)
		second.tokens("portal")
		w.clock.add(time.Second)
		third.tokens("portal")

		list, err := w.Sessions.List(ctx, w.person.ID, by)
		if err != nil || len(list) != 3 || list[0].ID != id["sid"] || !slices.Equal(list[0].Clients, []string{"portal"}) {
			t.Fatalf("List = %+v, %v", list, err)
		}
		if s := list[0]; s.Address != "127.0.0.1" || s.UserAgent != "Go-http-client/1.1" {
			t.Errorf("began at %q with %q", s.Address, s.UserAgent)
		}
		order := session.Order{PersonID: w.person.ID, SessionID: list[0].ID, Reason: "lost_laptop", By: by}
		end := func(o session.Order, want int) {
			t.Helper()
			if n, err := w.Sessions.EndOrdered(ctx, o); err != nil || n != want {
				t.Errorf("EndOrdered = %d, %v", n, err)
			}
		}
		refused := func(o session.Order, code problem.Code) {
			t.Helper()
			if n, err := w.Sessions.EndOrdered(ctx, o); n != 0 || err == nil || problem.From(err).Code != code {
				t.Errorf("EndOrdered = %d, %v, want %s", n, err, code)
			}
		}
		sentence, others := order, order
		sentence.Reason = "The laptop is lost"
		others.PersonID = w.somebodyElse().ID
		refused(sentence, problem.Invalid)
		refused(others, problem.NotFound)
		if n := w.count("session.end_ordered"); n != 0 {
			t.Errorf("%d orders were recorded of what was refused", n)
		}
		end(order, 1)
		if a := w.userinfo(set["access_token"]); a.status != http.StatusUnauthorized {
			t.Errorf("an access token of the ended session: %d", a.status)
		}
		if to := second.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("code") == "" {
			t.Errorf("another session ended: %s", to)
		}
		refused(order, problem.NotFound)
		order.SessionID = ""
		end(order, 2)
		end(order, 0)
		for _, b := range []*browser{first, second, third} {
			if to := b.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("error") != "login_required" {
				t.Errorf("still signed in: %s", to)
			}
		}
		if n := w.count("session.read"); n != 1 {
			t.Errorf("%d session.read events", n)
		}
		if n := w.count("session.end_ordered"); n != 3 {
			t.Errorf("%d session.end_ordered events", n)
		}
		for _, e := range w.ends() {
			if !strings.Contains(e, `"reason":"operator"`) {
				t.Errorf("ended = %s", e)
			}
		}
	})
}
