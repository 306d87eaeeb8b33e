package pages_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// TestTheLastPageSaysWhoWasTold, by the ledger of the session that was ended in this
// browser, and of no other.
func TestTheLastPageSaysWhoWasTold(t *testing.T) {
	const parted = "__Host-claviger-parted"
	g := newRig(t)
	id, _ := g.enroll("jsmith2")
	var told []string
	g.pages.ApplicationName = func(id string) string { return "The <i>" + id }
	g.pages.Tell = func(_ context.Context, sessionID string) { told = append(told, sessionID) }
	g.pages.Ledger = func(ctx context.Context, sessionID string) (found []storage.Logout, err error) {
		err = g.store.View(ctx, func(tx storage.Tx) error {
			found, err = tx.Logouts().BySession(ctx, sessionID)
			return err
		})
		return found, err
	}
	g.serve()
	signOut := func(clients ...string) storage.Session {
		s := g.session(id, true)
		for _, c := range clients {
			if _, err := g.pages.Sessions.Join(t.Context(), s.ID, c, 0, 0); err != nil {
				t.Fatal(err)
			}
		}
		g.want("sign out", g.post("/sign-out", nil), http.StatusSeeOther, "/signed-out")
		return s
	}
	lines := func(s storage.Session, states map[string]storage.LogoutState) {
		err := g.store.Tx(t.Context(), func(tx storage.Tx) error {
			for name, state := range states {
				client, _, _ := strings.Cut(name, ".")
				if err := tx.Logouts().Enter(t.Context(), storage.Logout{ID: s.ID + "." + name, SessionID: s.ID, ClientID: client, PersonID: id, State: state, CreatedAt: g.at}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	first := signOut("portal", "imaging", "lab", "legacy")
	if len(told) != 1 || told[0] != first.ID {
		t.Errorf("told %v of %s", told, first.ID)
	}
	lines(first, map[string]storage.LogoutState{
		"portal": storage.LogoutDelivered, "imaging": storage.LogoutPending, "lab": storage.LogoutRefused, "legacy.before": storage.LogoutDelivered,
	})
	for range 2 { // and once more
		got := g.get("/signed-out")
		g.want("the last page", got, http.StatusOK, "")
		at := -1
		for _, said := range []string{
			"Signed out as well", "The &lt;i&gt;portal<", "without an answer so far", "The &lt;i&gt;imaging<", `href="/signed-out"`,
			"Sign out there yourself", "The &lt;i&gt;lab<", "The &lt;i&gt;legacy<", "Leaving a shared computer?",
		} {
			next := strings.Index(got.text[at+1:], said)
			if next < 0 {
				t.Fatalf("%q is missing, or not in its place:\n%s", said, got.text)
			}
			at += 1 + next
		}
		if strings.Contains(got.text, "jsmith2") || strings.Contains(got.text, first.ID) {
			t.Errorf("the page says who it was:\n%s", got.text)
		}
	}
	silent := func(what string) {
		t.Helper()
		got := g.get("/signed-out")
		g.want(what, got, http.StatusOK, "")
		if strings.Contains(got.text, "portal") || strings.Contains(got.text, "Sign out there") {
			t.Errorf("%s: the page tells of applications:\n%s", what, got.text)
		}
	}
	kept := g.jar[parted]
	for what, value := range map[string]string{"the id itself": first.ID, "changed": kept[:len(kept)-2] + "AA", "nonsense": "*"} {
		g.jar[parted] = value
		silent(what)
	}
	g.jar[parted] = kept
	g.at = g.at.Add(5 * time.Minute)
	silent("later")
	g.at = g.at.Add(-time.Minute)
	g.shows("a minute before", g.get("/signed-out"), "portal")

	// The next one at the computer used nothing.
	signOut()
	silent("a session without applications")
	if g.jar[parted] != "" {
		t.Error("the browser keeps the session before")
	}
	if err := g.pages.Sessions.End(t.Context(), g.session(id, true).ID, session.ReasonIdle); err != nil {
		t.Fatal(err)
	}
	g.get("/sign-out")
	silent("one that ended by itself")
}
