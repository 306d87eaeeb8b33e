package pages_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// TestElsewhere: who is signed in at as many places as they may be reads where. With a
// second factor they end one of these sessions and go on; with a password alone they do
// not, and both can go back to the application.
func TestElsewhere(t *testing.T) {
	g := newRig(t)
	personID, _ := g.enroll("jsmith2")
	other, _ := g.enroll("mjones")
	g.pages.Sessions.Limits.Concurrent = session.Concurrent{Most: 1, OldestWins: true}
	begin := func(person string) storage.Session {
		_, s, err := g.pages.Sessions.Begin(t.Context(), session.Beginning{PersonID: person, Subject: person, AuthTime: g.at, AMR: []string{"pwd"}})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	there, stranger := begin(personID), begin(other)
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
			PersonID: personID, Subject: "s", AMR: amr, AuthTime: g.at, PasswordKind: storage.PasswordPersonal,
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
	g.shows("the page", page, "You are signed in elsewhere", "portal", "12:15", "wait until that session ends", `href="`+flow.ResumePath(id)+`"`, "Cancel and go back")
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
	g.shows("the page after a second factor", page, "Sign out there and go on here", `value="`+there.ID+`"`)
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
