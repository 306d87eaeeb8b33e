package oidc_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
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

// TestAnAccountThatIsNotActiveGetsNothing: from the moment that an account is suspended
// or closed no token is issued for it, whether its sessions have ended yet or not.
func TestAnAccountThatIsNotActiveGetsNothing(t *testing.T) {
	onEveryStore(t, testAnAccountThatIsNotActiveGetsNothing)
}

func testAnAccountThatIsNotActiveGetsNothing(t *testing.T, w *world) {
	b := w.browser()
	offline := b.tokens("night", "scope", "openid offline_access", "prompt", "consent")
	online := b.tokens("portal")
	// A device that the person has let in, and that has not asked since.
	codes := w.beginDevice()
	a := b.get(b.do(http.MethodPost, "/device", enter(codes)).location(t).Path)
	a = b.do(http.MethodPost, a.location(t).Path, url.Values{"answer": {"allow"}})
	b.get(a.location(t).Path)
	for _, state := range []storage.PersonState{storage.PersonSuspended, storage.PersonClosed} {
		code := b.code("portal")
		if err := w.Store.Tx(t.Context(), func(tx storage.Tx) error {
			p, err := tx.People().Get(t.Context(), w.person.ID)
			if err != nil {
				return err
			}
			p.State, p.UpdatedAt = state, tx.Now()
			return tx.People().Update(t.Context(), p)
		}); err != nil {
			t.Fatal(err)
		}
		refused := func(what string, status int, out map[string]any) {
			t.Helper()
			if status != http.StatusBadRequest || out["error"] != "invalid_grant" {
				t.Errorf("%s, %s: %d %v", state, what, status, out["error"])
			}
		}
		status, out, _ := w.redeem("portal", exchange(code))
		refused("a code", status, out)
		status, out, _ = w.redeem("portal", refreshing(online["refresh_token"].(string)))
		refused("a refresh in a session that lives", status, out)
		status, out, _ = w.redeem("night", refreshing(offline["refresh_token"].(string)))
		refused("a refresh that needs no session", status, out)
		if state == storage.PersonSuspended {
			status, out = w.poll("screen", codes)
			refused("a device", status, out)
		}
	}
	if n := w.count("grant.created"); n != 2 {
		t.Errorf("%d grants began", n)
	}
}
