package oidc_test

import (
	"context"
	"testing"
	"time"
)

// TestAPersonEndsOneOfTheirSessions: the application is told, the others go on,
// and nobody ends what is not theirs.
func TestAPersonEndsOneOfTheirSessions(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		l := newListener(t)
		register(t, w, l.client("told"))
		here, there := w.browser(), w.browser()
		here.tokens("told")
		w.clock.add(time.Second)
		id, _ := w.claimsOf(there.tokens("told")["id_token"])
		sid, _ := id["sid"].(string)
		all, err := w.Sessions.Own(ctx, w.person.ID)
		if err != nil || len(all) != 2 || all[1].ID != sid {
			t.Fatalf("Own = %+v, %v", all, err)
		}
		for _, try := range []struct {
			person, id string
			left       int
		}{{w.somebodyElse().ID, sid, 2}, {w.person.ID, "unknown", 2}, {w.person.ID, sid, 1}, {w.person.ID, sid, 1}} {
			if err := w.Sessions.EndOwn(ctx, try.person, try.id); err != nil {
				t.Fatal(err)
			}
			if all, err := w.Sessions.Own(ctx, w.person.ID); err != nil || len(all) != try.left {
				t.Errorf("%+v: %d sessions are left, %v", try, len(all), err)
			}
		}
		if got := ledgerOf(w, sid, "told"); got.Reason != "logout" {
			t.Errorf("ledger = %+v", got)
		}
		if to := here.get(ask("told", "prompt", "none")).location(t); to.Query().Get("code") == "" {
			t.Errorf("the other session ended: %s", to)
		}
		if to := there.get(ask("told", "prompt", "none")).location(t); to.Query().Get("error") != "login_required" {
			t.Errorf("still signed in: %s", to)
		}
	})
}
