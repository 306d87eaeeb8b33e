package pages_test

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// manages adds the pages of administrators, and makes an organization with one.
func (g *rig) manages(chief string) (ours, theirs storage.Organization) {
	g.t.Helper()
	applications := &enroll.Applications{Store: g.store, People: g.people}
	g.pages.Access = &access.Service{
		Store: g.store, Keys: g.people.Keys, People: g.people, Log: g.pages.Log,
		Rules: access.Rules{Roles: []string{"nurse", "biller"}, Longest: 365 * 24 * time.Hour},
		Submit: func(ctx context.Context, written person.Profile, by audit.Actor) (string, error) {
			return applications.Submit(ctx, written, enroll.SourceAdministrator, by)
		},
		EndAccess: func(ctx context.Context, id string) error {
			return g.pages.Sessions.EndAccess(ctx, id, session.ReasonMembership)
		},
		EndFor: func(ctx context.Context, id string, touched func(storage.Client) bool) error {
			return g.pages.Sessions.EndFor(ctx, id, touched, session.ReasonMembership)
		},
	}
	g.mux = web.NewBrowserMux(web.BrowserOptions{Log: g.pages.Log, Now: g.pages.Credentials.Now, Fault: g.pages.Fault, Secure: true})
	g.pages.Routes(g.mux)
	operator := audit.Actor{Type: "operator"}
	for _, o := range []*storage.Organization{&ours, &theirs} {
		made, err := g.pages.Access.Create(g.t.Context(), access.NewOrganization{Name: "Cove Clinic", Kind: storage.OrganizationPractice, Ceiling: []string{"nurse"}}, operator)
		if err != nil {
			g.t.Fatal(err)
		}
		*o = made
	}
	if _, err := g.pages.Access.Grant(g.t.Context(), access.NewMembership{OrganizationID: ours.ID, PersonID: chief, Role: access.Administrator, Need: "Runs the practice"}, operator); err != nil {
		g.t.Fatal(err)
	}
	return ours, theirs
}

// TestAnAdministratorManagesAccess is the whole way: roster, a role, its removal.
func TestAnAdministratorManagesAccess(t *testing.T) {
	g := newRig(t)
	chief, _ := g.enroll("mjones")
	nurse, _ := g.enroll("jsmith2")
	ours, _ := g.manages(chief)
	page := "/manage/" + ours.ID
	for _, path := range []string{"/manage", page, page + "/grant", page + "/invite", page + "/invited", page + "/remove/x"} {
		g.asksToSignIn("nobody is signed in: "+path, g.get(path), path)
	}
	g.session(chief, true)
	theirs := g.elsewhere(nurse, "Firefox")
	g.shows("home", g.get("/manage"), "Cove Clinic", page)
	g.shows("roster", g.get(page), "mjones", "Delegate administrator", "Runs the practice", "Has no second factor")

	family := g.profile(nurse).FamilyName
	right := url.Values{"userid": {" JSMITH2 "}, "family-name": {strings.ToUpper(family)}, "role": {"nurse"}, "need": {"Works on the ward"}, "until": {"2027-03-31"}}
	for name, change := range map[string][2]string{
		"another name":       {"family-name", "Nobody"},
		"nobody":             {"userid", "nobody"},
		"above the ceiling":  {"role", "biller"},
		"above all":          {"role", access.Administrator},
		"no role":            {"role", ""},
		"no need":            {"need", " "},
		"no day":             {"until", "soon"},
		"a day that is past": {"until", "2026-11-22"},
		"too far away":       {"until", "2028-11-22"},
	} {
		form := url.Values{}
		for k, v := range right {
			form[k] = v
		}
		form.Set(change[0], change[1])
		got := g.post(page+"/grant", form)
		g.want(name, got, 422, "")
		g.shows(name, got, `role="alert"`)
	}
	oneself := url.Values{"userid": {"mjones"}, "family-name": {g.profile(chief).FamilyName}, "role": {"nurse"}, "need": {"Wants to"}, "until": {"2027-03-31"}}
	got := g.post(page+"/grant", oneself)
	g.want("to oneself", got, 422, "")
	g.shows("to oneself", got, "You cannot give access to yourself.")

	g.want("granted", g.post(page+"/grant", right), 303, page)
	got = g.get(page)
	g.shows("roster", got, "jsmith2", "Nurse", "Works on the ward", "Until: March 31, 2027")
	again := g.post(page+"/grant", right)
	g.want("once more", again, 422, "")
	g.shows("once more", again, "This person has this role here already.")

	removes := regexp.MustCompile(page+`/remove/[a-z2-7]{26}`).FindAllString(got.text, -1)
	if len(removes) != 1 { // not the administrator's own
		t.Fatalf("removes: %v", removes)
	}
	g.shows("the question", g.get(removes[0]), "Remove this access?", "jsmith2")
	if !g.alive(theirs) {
		t.Error("looking ended a session")
	}
	g.want("removed", g.post(removes[0], nil), 303, page)
	if g.alive(theirs) {
		t.Error("the session of who was removed lives")
	}
	if got := g.get(page); strings.Contains(got.text, "jsmith2") {
		t.Error("who was removed is on the roster")
	}
	g.want("removed again", g.get(removes[0]), 404, "")
}

// denied returns the events of what was denied, in the order in which that happened.
func (g *rig) denied() (all []string) {
	g.t.Helper()
	var ids []string
	if err := g.store.View(g.t.Context(), func(tx storage.Tx) error {
		pending, err := tx.Audit().Pending(g.t.Context(), 1000)
		for _, e := range pending {
			if e.Kind == string(audit.AccessDenied) {
				ids = append(ids, e.ID+" "+string(e.Body))
			}
		}
		return err
	}); err != nil {
		g.t.Fatal(err)
	}
	g.at = g.at.Add(time.Millisecond) // ids are in the order of time
	slices.Sort(ids)
	return ids
}

func TestAnotherOrganizationIsNotThere(t *testing.T) {
	g := newRig(t)
	chief, _ := g.enroll("mjones")
	_, theirs := g.manages(chief)
	g.session(chief, true)
	for _, more := range []string{"", "/grant", "/invite", "/invited", "/remove/" + secret.NewID()} {
		there, nowhere := g.get("/manage/"+theirs.ID+more), g.get("/manage/"+secret.NewID()+more)
		g.want("theirs "+more, there, 404, "")
		g.want("nowhere "+more, nowhere, 404, "")
		strip := regexp.MustCompile(`[a-z2-7]{26}`)
		if strip.ReplaceAllString(there.text, "") != strip.ReplaceAllString(nowhere.text, "") {
			t.Errorf("%s tells that there is another organization", more)
		}
	}
	// Every cell: each page and each form of another organization, with what is really
	// there, is denied and recorded, once, with who tried and where.
	stranger, _ := g.enroll("stranger")
	real, err := g.pages.Access.Grant(t.Context(), access.NewMembership{OrganizationID: theirs.ID, PersonID: stranger, Role: "nurse", Need: "Has to"}, audit.Actor{Type: "operator"})
	if err != nil {
		t.Fatal(err)
	}
	grant := url.Values{"userid": {"stranger"}, "family-name": {g.profile(stranger).FamilyName}, "role": {"nurse"}, "need": {"Has to"}, "until": {"2027-03-31"}}
	for _, cell := range []struct {
		method, more string
		form         url.Values
	}{
		{"GET", "", nil}, {"GET", "/grant", nil}, {"GET", "/invite", nil}, {"GET", "/invited", nil}, {"GET", "/remove/" + real.ID, nil},
		{"POST", "/grant", grant}, {"POST", "/invite", url.Values{"given_name": {"A"}, "family_name": {"B"}}}, {"POST", "/remove/" + real.ID, nil},
	} {
		before := len(g.denied())
		path := "/manage/" + theirs.ID + cell.more
		if cell.method == "GET" {
			g.want("GET "+path, g.get(path), 404, "")
		} else {
			g.want("POST "+path, g.post(path, cell.form), 404, "")
		}
		after := g.denied()
		if len(after) != before+1 {
			t.Errorf("%s %s: %d events", cell.method, cell.more, len(after)-before)
			continue
		}
		if e := after[before]; !strings.Contains(e, `"actor":{"type":"person","id":"`+chief+`"}`) || !strings.Contains(e, `"organization":"`+theirs.ID+`"`) ||
			!strings.Contains(e, `"reason":"not_administrator"`) {
			t.Errorf("%s %s: %s", cell.method, cell.more, e)
		}
	}
	if _, all, err := g.pages.Access.Roster(t.Context(), theirs.ID, "", 10, audit.Actor{Type: "operator"}); err != nil || len(all) != 1 {
		t.Errorf("their roster has changed: %v %v", all, err)
	}
	// Who manages nothing is told so.
	nobody, _ := g.enroll("jsmith2")
	g.session(nobody, true)
	g.shows("nothing", g.get("/manage"), "You manage the staff of no organization.")
}

func TestAnAdministratorInvites(t *testing.T) {
	g := newRig(t)
	chief, _ := g.enroll("mjones")
	ours, _ := g.manages(chief)
	g.session(chief, true)
	page := "/manage/" + ours.ID
	got := g.post(page+"/invite", url.Values{"given_name": {"Jane"}, "npi": {"123"}})
	g.want("mistakes", got, 422, "")
	g.shows("mistakes", got, "family_name-problem", "npi-problem", `value="Jane"`)
	got = g.post(page+"/invite", url.Values{"given_name": {"Jane"}, "family_name": {"Roe"}, "email": {"jane@example.org"}, "organization": {"Elsewhere"}})
	to := got.Header.Get("Location")
	if got.StatusCode != 303 || !strings.HasPrefix(to, page+"/invited?reference=") {
		t.Fatalf("%d %s", got.StatusCode, to)
	}
	g.shows("handed in", g.get(to), "The invitation was sent", to[len(to)-26:])
	if err := g.store.View(t.Context(), func(tx storage.Tx) error {
		a, err := tx.Applications().Get(t.Context(), to[len(to)-26:])
		if err != nil {
			return err
		}
		p, err := g.people.OpenApplication(a)
		if a.Source != "administrator" || a.SubmittedBy != "person:"+chief || p.Organization != "Cove Clinic" || p.FamilyName != "Roe" {
			t.Errorf("%+v %+v", a, p)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// profile is what is known of a person.
func (g *rig) profile(id string) (profile person.Profile) {
	g.t.Helper()
	if err := g.store.View(g.t.Context(), func(tx storage.Tx) error {
		p, err := tx.People().Get(g.t.Context(), id)
		if err != nil {
			return err
		}
		profile, err = g.people.Open(p)
		return err
	}); err != nil {
		g.t.Fatal(err)
	}
	return profile
}
