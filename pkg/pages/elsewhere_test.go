package pages_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// TestElsewhere: who is signed in at as many places as they may be reads where. With a
// second factor they end one of these sessions and go on; with a password alone they do
// not, and both can go back to the application.
func TestElsewhere(t *testing.T) {
	g := newRig(t)
	personID := g.member("jsmith2")
	other, _ := g.enroll("mjones")
	g.pages.Sessions.Limits.Concurrent = session.Concurrent{Most: 1, OldestWins: true}
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	there, stranger := g.elsewhere(personID, firefox), g.elsewhere(other, firefox)
	if _, err := g.pages.Sessions.Join(t.Context(), there.ID, "portal", 0, 0); err != nil {
		t.Fatal(err)
	}
	g.at = g.at.Add(5 * time.Minute)
	arrives := func(amr ...string) (id, path string) {
		t.Helper()
		id = g.begin(nil)
		in, err := g.pages.Interactions.Load(t.Context(), id, g.jar["__Host-claviger-browser"])
		if err != nil {
			t.Fatal(err)
		}
		if err := g.pages.Interactions.RecordSignIn(t.Context(), &in, flow.SignedIn{
			PersonID: personID, Subject: "s", AMR: amr, AuthTime: g.at, PasswordKind: storage.PasswordPersonal, PasswordVersion: g.version(personID),
		}); err != nil {
			t.Fatal(err)
		}
		return id, flow.PathFor(flow.StepElsewhere, id)
	}
	alive := func(s storage.Session) bool {
		_, err := g.pages.Sessions.Alive(t.Context(), s.ID)
		return err == nil
	}

	id, path := arrives("pwd")
	page := g.get(path)
	g.want("the page after a password", page, 200, "")
	g.shows("the page", page, "You are signed in elsewhere", "Firefox, Linux", "12:00", "wait until that session ends", `href="`+flow.ResumePath(id)+`"`, "Cancel and go back")
	for _, detail := range []string{"Harbor Provider Portal", "portal<", "12:15", elsewhereAddress, "Address", "Application"} {
		if strings.Contains(page.text, detail) {
			t.Errorf("a password alone shows %q of where somebody is", detail)
		}
	}
	if strings.Contains(page.text, there.ID) || strings.Contains(page.text, stranger.ID) {
		t.Error("a password alone may end a session")
	}
	g.want("its end after a password", g.post(path, url.Values{"session": {there.ID}}), 303, flow.ResumePath(id))
	if !alive(there) {
		t.Fatal("a password alone ended a session")
	}
	g.want("back to the application", g.post(path, url.Values{"cancel": {"1"}}), 303, flow.ResumePath(id))
	if !g.state(id).Refused || !alive(there) {
		t.Error("who goes back has not said no, or has ended a session")
	}

	id, path = arrives("pwd", "otp", "mfa")
	page = g.get(path)
	g.shows("the page after a second factor", page, "Sign out there and go on here", `value="`+there.ID+`"`, "portal<", "12:15", elsewhereAddress)
	g.want("the end of another's", g.post(path, url.Values{"session": {stranger.ID}}), 303, flow.ResumePath(id))
	if !alive(stranger) || !alive(there) {
		t.Fatal("a session of somebody else is none to end")
	}
	g.want("its end", g.post(path, url.Values{"session": {there.ID}}), 303, flow.ResumePath(id))
	if alive(there) {
		t.Error("the session goes on")
	}
	// There is room now.
	g.want("the page afterwards", g.get(path), 303, flow.ResumePath(id))
	if d := flow.Next(g.state(id)); d.Step != flow.StepIssue {
		t.Errorf("next: %+v", d)
	}
}

// version is that of the password of a person.
func (g *rig) version(personID string) (version int64) {
	g.t.Helper()
	if err := g.store.View(g.t.Context(), func(tx storage.Tx) error {
		found, err := tx.Passwords().Get(g.t.Context(), personID)
		version = found.Version
		return err
	}); err != nil {
		g.t.Fatal(err)
	}
	return version
}

// TestElsewhereAfterAChange: a sign-in with a second factor shows nothing and ends nothing,
// and begins again, once its password has been changed, or where the session is over that
// the factor was added to.
func TestElsewhereAfterAChange(t *testing.T) {
	for name, change := range map[string]func(g *rig, personID string, version int64, raised storage.Session){
		"the password": func(g *rig, personID string, version int64, _ storage.Session) {
			if err := g.pages.Credentials.ChoosePersonal(g.t.Context(), personID, version, "nine calm otters drift"); err != nil {
				g.t.Fatal(err)
			}
		},
		"the session": func(g *rig, personID string, _ int64, raised storage.Session) {
			if err := g.pages.Sessions.EndOwn(g.t.Context(), personID, raised.ID); err != nil {
				g.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			personID := g.member("jsmith2")
			g.pages.Sessions.Limits.Concurrent = session.Concurrent{Most: 1, OldestWins: true}
			version := g.version(personID)
			who := flow.SignedIn{
				PersonID: personID, Subject: "s", AMR: []string{"pwd", "otp", "mfa"}, AuthTime: g.at, PasswordKind: storage.PasswordPersonal, PasswordVersion: version,
			}
			var raised storage.Session
			if name == "the session" {
				g.pages.Sessions.Limits.Concurrent.Most = 2
				raised = g.session(personID, true)
				who.Raises = raised.ID
			}
			there := g.elsewhere(personID, "")
			g.pages.Sessions.Limits.Concurrent.Most = 1
			records := func(id string) {
				t.Helper()
				in, err := g.pages.Interactions.Load(t.Context(), id, g.jar["__Host-claviger-browser"])
				if err != nil {
					t.Fatal(err)
				}
				if err := g.pages.Interactions.RecordSignIn(t.Context(), &in, who); err != nil {
					t.Fatal(err)
				}
			}
			id := g.begin(nil)
			path := flow.PathFor(flow.StepElsewhere, id)
			records(id)
			g.want("the page", g.get(path), 200, "")
			change(g, personID, version, raised)
			g.want("the end", g.post(path, url.Values{"session": {there.ID}}), 303, flow.ResumePath(id))
			if !g.alive(there) {
				t.Error("a sign-in that is worth nothing any more ended a session")
			}
			if s := g.state(id); s.SignedIn != nil || s.Again != flow.AgainVoid {
				t.Errorf("the sign-in goes on: %+v", s)
			}
			records(id)
			g.want("the page afterwards", g.get(path), 303, flow.ResumePath(id))
		})
	}
}

// TestPagesSeeTheStepOfTheDispatcher: where the dispatcher sends the browser, there is a
// page, whatever the application is registered for and the request asks: a pairwise
// application that names whom it expects, by a name that only it has (OpenID Connect Core
// sections 3.1.2.1 and 8.1).
func TestPagesSeeTheStepOfTheDispatcher(t *testing.T) {
	g := newRig(t)
	personID, delegate, principal := g.member("jsmith2"), g.member("frontdesk"), g.member("drsmith")
	g.elsewhere(personID, "")
	chief, _ := g.enroll("chief")
	g.delegates(chief)
	if _, err := g.pages.Access.GrantDelegation(t.Context(), access.NewDelegation{
		PrincipalID: principal, DelegateID: delegate, Clients: []string{"claims"}, Purpose: access.PurposeTreatment, EndsAt: g.at.Add(24 * time.Hour),
	}, audit.Actor{Type: "operator"}); err != nil {
		t.Fatal(err)
	}
	claims := storage.Client{ID: "claims", Name: "claims", SubjectType: "pairwise", RedirectURIs: []string{application + "/callback"}, Acting: true}
	g.clients.Remember(claims)
	g.provider().Routes(g.mux, web.NewAPIMux(web.APIOptions{Log: g.pages.Log, Now: g.pages.Sessions.Now}))
	hint := oidc.Subjects{Keys: g.people.Keys}.Of(claims, "s")
	for name, c := range map[string]struct {
		personID string
		step     flow.Step
		limit    session.Concurrent
		consent  []string
	}{
		"elsewhere": {personID: personID, step: flow.StepElsewhere, limit: session.Concurrent{Most: 1, OldestWins: true}},
		"consent":   {personID: personID, step: flow.StepConsent, consent: []string{"openid"}},
		"for whom":  {personID: delegate, step: flow.StepActFor},
	} {
		t.Run(name, func(t *testing.T) {
			g.t = t
			g.pages.Sessions.Limits.Concurrent = c.limit
			id := g.begin(func(r *flow.Request) { r.ClientID, r.HintSubject, r.Consent = claims.ID, hint, c.consent })
			in, err := g.pages.Interactions.Load(t.Context(), id, g.jar["__Host-claviger-browser"])
			if err != nil {
				t.Fatal(err)
			}
			if err := g.pages.Interactions.RecordSignIn(t.Context(), &in, flow.SignedIn{
				PersonID: c.personID, Subject: "s", AMR: []string{"pwd"}, AuthTime: g.at, PasswordKind: storage.PasswordPersonal, PasswordVersion: g.version(c.personID),
			}); err != nil {
				t.Fatal(err)
			}
			path := flow.PathFor(c.step, id)
			g.want("the dispatcher", g.get(flow.ResumePath(id)), 303, path)
			g.want("the page", g.get(path), 200, "")
		})
	}
}
