package pages_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// TestWhoActsForMe is the whole way of a principal: to let somebody, to look, to end.
func TestWhoActsForMe(t *testing.T) {
	g := newRig(t)
	me, _ := g.enroll("drsmith")
	you, _ := g.enroll("frontdesk")
	g.delegates(me)
	var forgotten []string
	g.pages.ForgetActing = func(_ context.Context, s storage.Session) error {
		forgotten = append(forgotten, s.PersonID)
		return nil
	}
	const page = "/account/delegations"
	for _, path := range []string{page, page + "/grant", page + "/x/end"} {
		g.asksToSignIn("nobody is signed in: "+path, g.get(path), path)
	}
	g.session(me, true)
	g.shows("nobody", g.get(page), "Nobody acts for you.", page+"/grant")
	family := g.profile(you).FamilyName
	right := url.Values{"userid": {" FRONTDESK "}, "family-name": {strings.ToUpper(family)}, "application": {"claims"}, "purpose": {"payment"}, "until": {"2027-03-31"}}
	g.shows("the form", g.get(page+"/grant"), "Billing and payment", "claims", `min="2026-11-23"`, `max="2027-11-22"`)
	for name, change := range map[string][3]string{
		"another name":       {"family-name", "Nobody", "There is no account"},
		"nobody":             {"userid", "", "There is no account"},
		"oneself":            {"userid", "drsmith", "You cannot act for yourself."},
		"no application":     {"application", "", "Choose at least one application."},
		"another one":        {"application", "plain", "Choose at least one application."},
		"no purpose":         {"purpose", "", "Choose what it is for."},
		"no day":             {"until", "soon", "Choose a last day"},
		"a day that is past": {"until", "2026-11-22", "Choose a last day"},
		"too far away":       {"until", "2028-11-22", "Choose a last day"},
	} {
		form := url.Values{}
		for k, v := range right {
			form[k] = v
		}
		form.Set(change[0], change[1])
		if change[1] == "drsmith" {
			form.Set("family-name", g.profile(me).FamilyName)
		}
		got := g.post(page+"/grant", form)
		g.want(name, got, 422, "")
		g.shows(name, got, `role="alert"`, change[2])
	}
	g.want("granted", g.post(page+"/grant", right), 303, page)
	got := g.post(page+"/grant", right)
	g.want("once more", got, 422, "")
	g.shows("once more", got, "acts for you for this purpose already")
	got = g.get(page)
	g.shows("the list", got, "frontdesk", "Billing and payment", "Until March 31, 2027", "Not used yet")
	ends := regexp.MustCompile(page+`/[a-z2-7]{26}/end`).FindAllString(got.text, -1)
	if len(ends) != 1 {
		t.Fatalf("%v", ends)
	}

	// Another person's is not there, and stays.
	other, _ := g.enroll("other")
	g.session(other, true)
	g.want("somebody else's question", g.get(ends[0]), 404, "")
	g.want("somebody else's", g.post(ends[0], nil), 404, "")
	// Who acts sees it, and can give it up.
	g.session(you, true)
	g.shows("of who acts", g.get(page), "Those you act for", "drsmith", "Give up this permission", "Ask me again")
	g.want("to be asked again", g.post(page+"/anew", nil), 303, page)
	if len(forgotten) != 1 || forgotten[0] != you {
		t.Errorf("asked again: %v", forgotten)
	}
	g.session(me, true)
	g.shows("the question", g.get(ends[0]), "End this permission?", "frontdesk")
	g.want("ended", g.post(ends[0], nil), 303, page)
	g.shows("afterwards", g.get(page), "Nobody acts for you.")
	g.shows("what happened", g.get("/account/activity"), "Somebody may act for you", "Somebody no longer acts for you", "Who acts: frontdesk", "By you")
	g.want("ended again", g.post(ends[0], nil), 303, page)
	// Who gave it up is not made to act again.
	g.want("granted again", g.post(page+"/grant", right), 303, page)
	ends = regexp.MustCompile(page+`/[a-z2-7]{26}/end`).FindAllString(g.get(page).text, -1)
	g.session(you, true)
	g.shows("the question of who acts", g.get(ends[0]), "They cannot let you act for them again by themselves.")
	g.want("given up", g.post(ends[0], nil), 303, page)
	g.session(me, true)
	got = g.post(page+"/grant", right)
	g.want("after it was given up", got, 422, "")
	g.shows("after it was given up", got, `role="alert"`, "This person gave up acting for you.")

	// The form is for who authenticated a short while ago.
	g.at = g.at.Add(11 * time.Minute)
	g.asksToSignIn("later", g.get(page+"/grant"), page+"/grant")
}

// delegates adds the pages of who acts for whom.
func (g *rig) delegates(chief string) {
	g.t.Helper()
	g.manages(chief)
	g.pages.Access.EndActing = func(context.Context, storage.Delegation) error { return nil }
	ephemeral := g.pages.Sessions.Ephemeral
	g.pages.Access.Attempts, g.pages.Access.Marks, g.pages.Access.Now = ephemeral.Attempts(), ephemeral.Marks(), g.pages.Sessions.Now
	g.pages.Activity = func(ctx context.Context, personID, before string, limit int) ([]audit.Entry, error) {
		return audit.Recent(ctx, g.store, personID, before, limit)
	}
	g.pages.ActingApplications = func() []string { return []string{"claims"} }
	if err := g.store.Tx(g.t.Context(), func(tx storage.Tx) error {
		for id, acting := range map[string]bool{"claims": true, "plain": false} {
			if err := tx.Clients().Insert(g.t.Context(), storage.Client{ID: id, Name: id, Acting: acting, CreatedAt: g.at, UpdatedAt: g.at}); err != nil {
				return err
			}
		}
		// Enrolled people have temporary passwords; these have chosen theirs.
		all, err := tx.People().List(g.t.Context(), "", "", 100)
		for _, p := range all {
			p.State = storage.PersonActive
			if err := tx.People().Update(g.t.Context(), p); err != nil {
				return err
			}
		}
		return err
	}); err != nil {
		g.t.Fatal(err)
	}
	if err := g.clients.Reload(g.t.Context()); err != nil {
		g.t.Fatal(err)
	}
	g.serve()
}

// TestActFor is the question for whom, in both languages.
func TestActFor(t *testing.T) {
	g := newRig(t)
	me, _ := g.enroll("frontdesk")
	doctor, _ := g.enroll("drsmith")
	g.delegates(me)
	d, err := g.pages.Access.GrantDelegation(t.Context(), access.NewDelegation{
		PrincipalID: doctor, DelegateID: me, Clients: []string{"claims"}, Purpose: access.PurposeTreatment, EndsAt: g.at.Add(24 * time.Hour),
	}, audit.Actor{Type: "operator"})
	if err != nil {
		t.Fatal(err)
	}
	in := g.begin(func(r *flow.Request) { r.ClientID = "claims" })
	page := "/interaction/" + in + "/act-for"
	g.want("before signing in", g.get(page), 303, "/interaction/"+in)
	g.signedIn(in, me)
	got := g.get(page)
	g.shows("the question", got, "Who do you act for?", "Myself", "frontdesk", "For "+g.profile(doctor).Name(), "drsmith", "Treatment of patients", "Until November 24, 2026", `value="`+d.ID+`"`)
	if self, other := strings.Index(got.text, `id="self"`), strings.Index(got.text, `id="for-0"`); self < 0 || other < self {
		t.Error("themselves do not come first")
	}
	r := formPost(page, nil)
	r.Method = "GET"
	r.Header.Set("Accept-Language", "es")
	g.shows("in Spanish", g.do(r), "¿En nombre de quién actúa?", "Atención de pacientes")
	g.want("nobody's choice", g.post(page, url.Values{"choice": {"nonsense"}}), 303, page)
	if s := g.state(in); s.ActsFor != "" {
		t.Errorf("chosen: %q", s.ActsFor)
	}
	g.want("chosen", g.post(page, url.Values{"choice": {d.ID}}), 303, "/interaction/"+in)
	if s := g.state(in); s.ActsFor != d.ID {
		t.Errorf("chosen: %q", s.ActsFor)
	}
	g.want("decided", g.get(page), 303, "/interaction/"+in)
	// What ends meanwhile is asked again, and said.
	if err := g.pages.Access.EndDelegation(t.Context(), d.ID, audit.Actor{Type: "operator"}); err != nil {
		t.Fatal(err)
	}
	g.shows("over", g.get(page), "You no longer act for the person you chose before.", "Myself")
	g.want("as oneself", g.post(page, url.Values{"choice": {"self"}}), 303, "/interaction/"+in)
}
