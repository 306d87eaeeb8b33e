package pages_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// TestAPersonSeesAndEndsTheAccessOfApplications: each once, with what it may read,
// since when, and when it used that; and nobody's but one's own is taken away.
func TestAPersonSeesAndEndsTheAccessOfApplications(t *testing.T) {
	const page = "/account/applications"
	g := newRig(t)
	id, _ := g.enroll("jsmith2")
	other, _ := g.enroll("mlee")
	var withdrawn []string
	g.pages.ApplicationName = func(id string) string { return "The <i>" + id }
	g.pages.Authorized = func(ctx context.Context, personID string) (grants []storage.Grant, consents []storage.Consent, err error) {
		err = g.store.View(ctx, func(tx storage.Tx) (err error) {
			if grants, err = tx.Grants().ByPerson(ctx, personID, tx.Now()); err != nil {
				return err
			}
			consents, err = tx.Consents().ByPerson(ctx, personID)
			return err
		})
		return grants, consents, err
	}
	g.pages.Withdraw = func(ctx context.Context, personID, clientID string, by audit.Actor) error {
		withdrawn = append(withdrawn, personID+" "+clientID+" "+by.Type+" "+by.ID)
		return g.store.Tx(ctx, func(tx storage.Tx) error {
			_, err := tx.Grants().EndBetween(ctx, personID, clientID, "test", tx.Now())
			if err == nil {
				_, err = tx.Consents().Remove(ctx, personID, clientID)
			}
			return err
		})
	}
	g.serve()
	err := g.store.Tx(t.Context(), func(tx storage.Tx) error {
		for _, grant := range []storage.Grant{
			{ID: "g1", ClientID: "chart", PersonID: id, Scopes: []string{"openid", "profile", "offline_access"}, Offline: true, RotatedAt: g.at.Add(-time.Hour)},
			{ID: "g2", ClientID: "chart", PersonID: id, Scopes: []string{"openid", "email"}},
			{ID: "g3", ClientID: "imaging", PersonID: other},
		} {
			grant.CreatedAt, grant.ExpiresAt = g.at.Add(-2*time.Hour), g.at.Add(time.Hour)
			if err := tx.Grants().Insert(t.Context(), grant); err != nil {
				return err
			}
		}
		return tx.Consents().Put(t.Context(), storage.Consent{PersonID: id, ClientID: "chart", Scopes: []string{"profile"}, GrantedAt: g.at.Add(-24 * time.Hour)})
	})
	if err != nil {
		t.Fatal(err)
	}
	g.session(id, true)
	got := g.get(page)
	g.want("the list", got, http.StatusOK, "")
	g.shows("the list", got, "The &lt;i&gt;chart", "Your name and User ID", "Your email address",
		"Has access since November 22, 2026", "Last used its access on November 23, 2026, 11:00\u00a0AM\u00a0UTC", "goes on after you sign out")
	if strings.Contains(got.text, "imaging") || strings.Count(got.text, "Your name and User ID") != 1 {
		t.Errorf("the list shows another person's, or something twice:\n%s", got.text)
	}
	chart := page + "/chart/withdraw"
	g.shows("the question", g.get(chart), "The &lt;i&gt;chart", "told to sign you out")
	g.want("somebody else's", g.get(page+"/imaging/withdraw"), http.StatusNotFound, "")
	g.want("somebody else's", g.post(page+"/imaging/withdraw", nil), http.StatusSeeOther, page)
	g.want("taken away", g.post(chart, nil), http.StatusSeeOther, page)
	g.want("the button again", g.post(chart, nil), http.StatusSeeOther, page)
	if want := []string{id + " chart person " + id}; !slices.Equal(withdrawn, want) {
		t.Errorf("taken away: %v, want %v", withdrawn, want)
	}
	if strings.Contains(g.get(page).text, "chart") {
		t.Error("it is on the list still")
	}
	g.session(other, true)
	g.shows("another person", g.get(page), "imaging")
}
