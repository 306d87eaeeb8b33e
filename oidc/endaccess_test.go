package oidc_test

import (
	"net/http"
	"testing"

	"github.com/claviger-id/claviger/pkg/session"
)

// TestTheEndOfAnAccountEndsWhatOutlivesSessions: a grant with offline_access ends
// with the account, and its access tokens with it.
func TestTheEndOfAnAccountEndsWhatOutlivesSessions(t *testing.T) {
	onEveryStore(t, testTheEndOfAnAccountEndsWhatOutlivesSessions)
}

func testTheEndOfAnAccountEndsWhatOutlivesSessions(t *testing.T, w *world) {
	b := w.browser()
	offline := b.tokens("night", "scope", "openid offline_access", "prompt", "consent")
	online := b.tokens("portal")
	if a := w.userinfo(offline["access_token"]); a.status != http.StatusOK {
		t.Fatalf("before: %d %s", a.status, a.body)
	}
	for range 2 { // done twice, it is no error
		if err := w.Sessions.EndAccess(t.Context(), w.person.ID, session.ReasonOperator); err != nil {
			t.Fatal(err)
		}
	}
	for client, issued := range map[string]map[string]any{"night": offline, "portal": online} {
		status, out, _ := w.redeem(client, refreshing(issued["refresh_token"].(string)))
		if status != http.StatusBadRequest || out["error"] != "invalid_grant" {
			t.Errorf("%s: refresh: %d %v", client, status, out)
		}
		if a := w.userinfo(issued["access_token"]); a.status != http.StatusUnauthorized {
			t.Errorf("%s: userinfo: %d %s", client, a.status, a.body)
		}
	}
	if n := w.count("grant.ended"); n != 2 {
		t.Errorf("%d grants were recorded as ended", n)
	}
	if back := b.follow(b.get(ask("portal", "prompt", "none"))); back.Query().Get("error") != "login_required" {
		t.Errorf("the browser is still signed in: %s", back)
	}
}
