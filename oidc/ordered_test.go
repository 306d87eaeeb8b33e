package oidc_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
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
		sweep := func(of session.Scope, want int) {
			t.Helper()
			if n, err := w.Sessions.EndOrdered(ctx, session.Order{Scope: of, Reason: "incident", By: by}); err != nil || n != want {
				t.Errorf("EndOrdered(%+v) = %d, %v", of, n, err)
			}
		}
		for _, test := range []struct {
			order session.Order
			want  problem.Code
		}{
			{session.Order{Scope: session.Scope{Everyone: true}, Reason: "all of them!"}, problem.Invalid},
			{session.Order{Reason: "incident"}, problem.Invalid},
			{session.Order{Scope: session.Scope{ClientID: "told", Everyone: true}, Reason: "incident"}, problem.Invalid},
			{session.Order{Scope: session.Scope{ClientID: "told"}, SessionID: id["sid"].(string), Reason: "incident"}, problem.Invalid},
			{session.Order{Scope: session.Scope{ClientID: "nothing"}, Reason: "incident"}, problem.NotFound},
			{session.Order{Scope: session.Scope{OrganizationID: "nothing"}, Reason: "incident"}, problem.NotFound},
			{session.Order{Scope: session.Scope{PersonID: "nobody"}, Reason: "incident"}, problem.NotFound},
		} {
			if n, err := w.Sessions.EndOrdered(ctx, test.order); n != 0 || err == nil || problem.From(err).Code != test.want {
				t.Errorf("EndOrdered(%+v) = %d, %v, want %s", test.order, n, err, test.want)
			}
		}
		sweep(session.Scope{ClientID: "told"}, 1)
		if got := ledgerOf(w, id["sid"], "told"); got.Reason != "operator" {
			t.Errorf("ledger = %+v", got)
		}
		if to := elsewhere.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("code") == "" {
			t.Errorf("a session without the application ended: %s", to)
		}
		sweep(session.Scope{ClientID: "told"}, 0)
		sweep(session.Scope{Everyone: true}, 1)
		if to := elsewhere.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("error") != "login_required" {
			t.Errorf("still signed in: %s", to)
		}
		if n := w.count("session.end_ordered"); n != 3 {
			t.Errorf("%d session.end_ordered events", n)
		}
	})
}

// TestAnOperatorEndsSessionsOfAnOrganization: of whoever has a role in it, or in what
// is part of it, and of nobody else.
func TestAnOperatorEndsSessionsOfAnOrganization(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		whole, _ := w.employ("Cove Health")
		part, err := w.organizations().Create(ctx, access.NewOrganization{Name: "Cove Clinic", Kind: storage.OrganizationPractice, ParentID: whole.ID}, anOperator)
		if err != nil {
			t.Fatal(err)
		}
		elsewhere, _ := w.employ("Hill Clinic", "biller")
		left, once := w.employ("Old Clinic", "nurse")
		if err := w.organizations().Remove(ctx, left.ID, once[0].ID, anOperator); err != nil {
			t.Fatal(err)
		}
		for _, role := range []string{"nurse", "biller"} { // two roles are one person
			if _, err := w.organizations().Grant(ctx, access.NewMembership{OrganizationID: part.ID, PersonID: w.person.ID, Role: role, Need: "Has to"}, anOperator); err != nil {
				t.Fatal(err)
			}
		}
		other := w.somebodyElse()
		stays := storage.Session{
			ID: secret.NewID(), SecretHash: secret.Hash("x"), PersonID: other.ID, Subject: other.Subject, IdleLimit: time.Hour, CreatedAt: w.clock.now(), LastActivity: w.clock.now(),
			Deadline: w.clock.now().Add(time.Hour), AbsoluteDeadline: w.clock.now().Add(time.Hour),
		}
		if err := w.Sessions.Ephemeral.Sessions().Create(ctx, stays); err != nil {
			t.Fatal(err)
		}
		first, second := w.browser(), w.browser()
		first.tokens("portal")
		second.tokens("portal")

		var listed []string
		for at := (session.Place{}); ; {
			list, next, err := w.Sessions.List(ctx, session.Listing{Scope: session.Scope{OrganizationID: whole.ID}, After: at, Limit: 1, By: anOperator})
			if err != nil || len(list) > 1 {
				t.Fatalf("List = %+v, %v", list, err)
			}
			for _, one := range list {
				listed = append(listed, one.ID)
			}
			if at = next; at.IsZero() {
				break
			}
			if _, _, err := w.Sessions.List(ctx, session.Listing{Scope: session.Scope{OrganizationID: elsewhere.ID}, After: at, Limit: 1, By: anOperator}); problem.From(err).Code != problem.Invalid {
				t.Errorf("a place in another organization: %v", err)
			}
		}
		slices.Sort(listed)
		if compact := slices.Compact(listed); len(compact) != 2 {
			t.Errorf("listed %q", compact)
		}
		end := func(organizationID string, want int) {
			t.Helper()
			n, err := w.Sessions.EndOrdered(ctx, session.Order{Scope: session.Scope{OrganizationID: organizationID}, Reason: "incident", By: anOperator})
			if err != nil || n != want {
				t.Errorf("EndOrdered = %d, %v, want %d", n, err, want)
			}
		}
		end(left.ID, 0)
		end(whole.ID, 2)
		end(whole.ID, 0)
		end(elsewhere.ID, 0) // the same person's
		if _, err := w.Sessions.Ephemeral.Sessions().Get(ctx, stays.ID, w.clock.now()); err != nil {
			t.Errorf("who has no role there is signed out: %v", err)
		}
		if all := w.ends(); len(all) != 2 || !strings.Contains(all[0], `"reason":"operator"`) {
			t.Errorf("ended = %s", all)
		}
		orders := strings.Join(w.bodies("session.end_ordered"), "\n")
		if !strings.Contains(orders, `"reason":"incident"`) || !strings.Contains(orders, `"organization":"`+whole.ID+`","scope":"organization"`) {
			t.Errorf("the log says %s", orders)
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

		list, next, err := w.Sessions.List(ctx, session.Listing{Scope: session.Scope{PersonID: w.person.ID}, Limit: 3, By: by})
		if err != nil || !next.IsZero() || len(list) != 3 || list[0].ID != id["sid"] || !slices.Equal(list[0].Clients, []string{"portal"}) {
			t.Fatalf("List = %+v, %v", list, err)
		}
		if s := list[0]; s.Address != "127.0.0.1" || s.UserAgent != "Go-http-client/1.1" {
			t.Errorf("began at %q with %q", s.Address, s.UserAgent)
		}
		order := session.Order{Scope: session.Scope{PersonID: w.person.ID}, SessionID: list[0].ID, Reason: "lost_laptop", By: by}
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
