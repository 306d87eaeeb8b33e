package oidc_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// endings are the ways to end all that a person has signed in with.
var endings = map[string]func(*world) error{
	"signed out elsewhere": func(w *world) error {
		return w.Sessions.EndOthers(context.Background(), w.person.ID, "none", session.ReasonLogout)
	},
	"a factor revoked": func(w *world) error {
		return w.Sessions.EndByPerson(context.Background(), w.person.ID, session.ReasonFactorReset)
	},
	"a password from a link": func(w *world) error {
		return w.Sessions.EndUpTo(context.Background(), w.person.ID, w.clock.now(), session.ReasonPasswordChanged)
	},
	"ordered for the person": func(w *world) error { return w.order(session.Scope{PersonID: w.person.ID}) },
	"ordered for everyone":   func(w *world) error { return w.order(session.Scope{Everyone: true}) },
}

func (w *world) order(scope session.Scope) error {
	_, err := w.Sessions.EndOrdered(context.Background(), session.Order{Scope: scope, Reason: "a_drill", By: audit.Actor{Type: "operator"}})
	return err
}

// TestSignInOfBeforeTheEnd: who has proven all that there is to prove, and waits with
// the rest, comes in no more once the person's sessions were ended. A sign-in that
// begins after that does.
func TestSignInOfBeforeTheEnd(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		w.has = flow.Bound{TOTP: true}
		for name, end := range endings {
			w.run(name, func(t *testing.T) {
				halfDone := func() (*browser, string) {
					b := w.browser()
					page := b.get(ask("portal")).location(t).Path
					a := b.get(b.do(http.MethodPost, page, url.Values{}).location(t).Path)
					return b, b.do(http.MethodPost, a.location(t).Path, url.Values{}).location(t).Path
				}
				thief, resume := halfDone()
				w.clock.add(time.Millisecond)
				if err := end(w); err != nil {
					t.Fatal(err)
				}
				w.clock.add(time.Millisecond)
				if q := thief.get(resume).location(t).Query(); q.Get("error") != "login_required" || q.Get("code") != "" {
					t.Errorf("a sign-in of before: %v", q)
				}
				if q := thief.get(ask("portal", "prompt", "none")).location(t).Query(); q.Get("error") != "login_required" {
					t.Errorf("the browser is signed in: %v", q)
				}
				owner, resume := halfDone()
				if owner.get(resume).location(t).Query().Get("code") == "" {
					t.Error("a sign-in of after leads nowhere")
				}
			})
		}
	})
}

// TestSignInWithoutAnAnswer: what cannot be found out is not assumed.
func TestSignInWithoutAnAnswer(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		b := w.browser()
		page := b.get(ask("portal")).location(t).Path
		resume := b.do(http.MethodPost, page, url.Values{}).location(t).Path
		w.expectDown = true
		w.trips.failing("marks read", storage.ErrUnavailable, func() {
			if a := b.get(resume); strings.Contains(a.header.Get("Location"), "code=") || strings.Contains(a.header.Get("Set-Cookie"), "claviger-session=") {
				t.Errorf("signed in: %d %v", a.status, a.header)
			}
		})
	})
}

// TestSignInThatTookTooLong: each step may take its time, all together may not.
func TestSignInThatTookTooLong(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		b := w.browser()
		page := b.get(ask("portal", "prompt", "consent")).location(t).Path
		a := b.get(b.do(http.MethodPost, page, url.Values{}).location(t).Path)
		consent := a.location(t).Path
		var resume string
		for range 5 {
			w.clock.add(25 * time.Minute)
			resume = b.do(http.MethodPost, consent, url.Values{"answer": {"allow"}}).location(t).Path
		}
		if q := b.get(resume).location(t).Query(); q.Get("error") != "login_required" {
			t.Errorf("%v", q)
		}
	})
}

// TestRaisedSessionHasToLive: a factor that is added to a session is worth nothing once
// that has ended, and one of many callers adds it.
func TestRaisedSessionHasToLive(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		begin := func(b session.Beginning) (storage.Session, error) {
			b.PersonID, b.Subject, b.AuthTime = w.person.ID, w.person.Subject, w.clock.now()
			_, s, err := w.Sessions.Begin(ctx, b)
			return s, err
		}
		for name, meanwhile := range map[string]func(storage.Session) error{
			"ended": func(s storage.Session) error { return w.Sessions.End(ctx, s.ID, session.ReasonOperator) },
			"ended, as far as its store goes": func(s storage.Session) error {
				_, err := w.Sessions.Ephemeral.Sessions().Stop(ctx, w.clock.now(), time.Minute, storage.Ending{Reason: "operator"}, s.ID)
				return err
			},
			"raised": func(s storage.Session) error {
				_, err := begin(session.Beginning{Replaces: s.ID, Raised: s.SecretHash})
				return err
			},
		} {
			s, err := begin(session.Beginning{})
			if err != nil {
				t.Fatal(err)
			}
			if err := meanwhile(s); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if after, err := begin(session.Beginning{Replaces: s.ID, Raised: s.SecretHash}); err == nil {
				t.Errorf("%s: %s began", name, after.ID)
			}
		}
	})
}
