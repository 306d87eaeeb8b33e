package pages_test

import (
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
)

// TestSignInPageLeftOpen signs in at a page that was open overnight.
func TestSignInPageLeftOpen(t *testing.T) {
	g := newRig(t)
	personID, temporary := g.enroll("jsmith2")
	id := g.begin(nil)
	signIn := flow.PathFor(flow.StepSignIn, id)
	g.want("in the evening", g.get(signIn), 200, "")
	g.at = g.at.Add(16 * time.Hour)

	wrong := g.post(signIn, credentials("jsmith2", "not the right one"))
	g.want("a wrong password in the morning", wrong, 422, "")
	g.shows("a wrong password in the morning", wrong, `role="alert"`, `value="jsmith2"`)
	if strings.Contains(wrong.text, `action="`+signIn) {
		t.Error("the page leads to an interaction that is over")
	}

	right := g.post(signIn, credentials("jsmith2", temporary))
	next := path.Base(right.Header.Get("Location"))
	g.want("the right one", right, 303, flow.ResumePath(next))
	if s := g.state(next); s.SignedIn == nil || s.SignedIn.PersonID != personID || s.Request.ClientID != "portal" || !s.Request.ReceivedAt.Equal(g.at) {
		t.Errorf("it goes on with %+v", s)
	}
	if again := g.get(signIn); again.StatusCode != 200 || strings.Contains(again.text, "You were away") {
		t.Errorf("the page loaded again: %d %s", again.StatusCode, again.text)
	}
}

// TestStepLeftOpen uses a page for too long that comes after the sign-in.
func TestStepLeftOpen(t *testing.T) {
	g := newRig(t)
	_, temporary := g.enroll("jsmith2")
	for name, come := range map[string]func(page string) answer{
		"loaded again": g.get,
		"sent":         func(page string) answer { return g.post(page, chosen(personal, personal)) },
	} {
		id := g.begin(nil)
		g.want("sign-in", g.post(flow.PathFor(flow.StepSignIn, id), credentials("jsmith2", temporary)), 303, flow.ResumePath(id))
		choose := flow.PathFor(flow.StepChoosePassword, id)
		g.want("choose", g.get(choose), 200, "")
		g.at = g.at.Add(10 * time.Minute)
		got := come(choose)
		next := path.Base(got.Header.Get("Location"))
		g.want(name, got, 303, flow.ResumePath(next))
		if next == id || g.state(next).SignedIn != nil {
			t.Errorf("%s: what was done counts after its time", name)
		}
		g.shows(name, g.get(flow.PathFor(flow.StepSignIn, next)), "You were away for a while", `id="ended"`)
	}
}

// TestSignInOfAnother is somebody who goes back to the sign-in page in the middle of
// somebody else's sign-in.
func TestSignInOfAnother(t *testing.T) {
	g := newRig(t)
	_, first := g.enroll("jsmith2")
	personID, second := g.enroll("akhan")
	id := g.begin(nil)
	signIn := flow.PathFor(flow.StepSignIn, id)
	g.want("one", g.post(signIn, credentials("jsmith2", first)), 303, flow.ResumePath(id))
	g.want("a wrong password", g.post(signIn, credentials("akhan", "not the right one")), 422, "")
	g.want("the other", g.post(signIn, credentials("akhan", second)), 303, flow.ResumePath(id))
	if s := g.state(id).SignedIn; s == nil || s.PersonID != personID {
		t.Errorf("signed in: %+v", s)
	}
	g.shows("the password is the other's", g.get(flow.PathFor(flow.StepChoosePassword, id)), `value="akhan" readonly`)
}

// TestInteractionThatWasCompleted comes back to pages of an interaction that has
// led where it should.
func TestInteractionThatWasCompleted(t *testing.T) {
	g := newRig(t)
	id := g.begin(nil)
	in, err := g.pages.Interactions.Load(t.Context(), id, g.jar["__Host-claviger-browser"])
	if err != nil {
		t.Fatal(err)
	}
	if err := g.pages.Interactions.Take(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	done, err := g.pages.Interactions.KeepDone(in, "")
	if err != nil {
		t.Fatal(err)
	}
	g.kept[flow.ResumePath(id)] = keptCookie{g.jar["__Host-claviger-browser"], done}
	for _, step := range []flow.Step{flow.StepSignIn, flow.StepChoosePassword, flow.StepConsent} {
		g.want(string(step), g.get(flow.PathFor(step, id)), 303, flow.ResumePath(id))
		g.want(string(step), g.post(flow.PathFor(step, id), url.Values{"x": {"y"}}), 303, flow.ResumePath(id))
	}
}
