package oidc_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// TestAnApplicationHearsThatItLostItsAccess: its grants end at once and the ledger
// tells it, while the session and the other applications go on; and it hears of the
// end of the session too when it was used again.
func TestAnApplicationHearsThatItLostItsAccess(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		w.Consents.Sessions, w.Consents.Logouts = w.Sessions, w.Logouts
		l := newListener(t)
		register(t, w, l.client("told"))
		b := w.browser()
		set, other := b.tokens("told"), b.tokens("portal")
		id, _ := w.claimsOf(set["id_token"])
		sid := id["sid"].(string)
		grants, _, err := w.Consents.Authorized(t.Context(), w.person.ID)
		if err != nil || len(grants) != 2 {
			t.Fatalf("%d grants, %v", len(grants), err)
		}
		if err := w.Consents.Withdraw(t.Context(), w.person.ID, "told", audit.Actor{Type: "person", ID: w.person.ID}); err != nil {
			t.Fatal(err)
		}
		if a := w.userinfo(set["access_token"]); a.status != http.StatusUnauthorized {
			t.Errorf("its access token: %d", a.status)
		}
		if a := w.userinfo(other["access_token"]); a.status != http.StatusOK {
			t.Errorf("another application's: %d", a.status)
		}
		if _, err := w.Sessions.Alive(t.Context(), sid); err != nil {
			t.Errorf("the session: %v", err)
		}
		lines := w.ledger(sid)
		if len(lines) != 1 || lines[0].ClientID != "told" || lines[0].Reason != "consent_withdrawn" || lines[0].State != storage.LogoutPending {
			t.Errorf("ledger: %+v", lines)
		}
		if err := w.Logouts.Deliver(t.Context()); err != nil || len(l.heard()) != 1 {
			t.Fatalf("told %d times, %v", len(l.heard()), err)
		}
		if to := b.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("code") == "" {
			t.Errorf("the session ended when the application was told: %s", to)
		}
		b.tokens("told")
		if err := w.Sessions.End(context.Background(), sid, "logout"); err != nil {
			t.Fatal(err)
		}
		if lines := w.ledger(sid); len(lines) != 2 {
			t.Errorf("after the end of the session: %+v", lines)
		}
	})
}
