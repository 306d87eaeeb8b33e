package pages_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/rotation"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

const day = 24 * time.Hour

// quarterly is the rig with passwords that expire after 90 days and a person who
// has just chosen one.
func quarterly(t *testing.T) (g *rig, personID string) {
	t.Helper()
	g = newRig(t)
	g.pages.Credentials.Rotation = rotation.Policies{Default: rotation.Policy{
		Mode: rotation.Enforced, MaxAge: 90 * day, Warning: 14 * day, MinAge: day, History: 2,
	}}
	personID, temporary := g.enroll("jsmith2")
	id := g.begin(nil)
	g.want("temporary", g.post(flow.PathFor(flow.StepSignIn, id), credentials("jsmith2", temporary)), 303, flow.ResumePath(id))
	g.want("chosen", g.post(flow.PathFor(flow.StepChoosePassword, id), chosen(personal, personal)), 303, flow.ResumePath(id))
	return g, personID
}

// signIn signs in with the personal password and returns the interaction.
func (g *rig) signIn() string {
	g.t.Helper()
	id := g.begin(nil)
	g.want("sign-in", g.post(flow.PathFor(flow.StepSignIn, id), credentials("jsmith2", personal)), 303, flow.ResumePath(id))
	return id
}

func (g *rig) step(id string, want flow.Step) {
	g.t.Helper()
	if got := flow.Next(g.state(id)).Step; got != want {
		g.t.Fatalf("the flow wants %q, not %q", got, want)
	}
}

func answering(what string) url.Values { return url.Values{"answer": {what}} }

func TestAnExpiredPasswordIsCalledExpired(t *testing.T) {
	g, _ := quarterly(t)
	g.at = g.at.Add(90 * day)
	id := g.signIn()
	choose, renew := flow.PathFor(flow.StepChoosePassword, id), flow.PathFor(flow.StepRenewPassword, id)
	g.step(id, flow.StepChoosePassword)
	page := g.get(choose)
	g.want("expired", page, 200, "")
	g.shows("expired", page, "Your password has expired", "What you entered was right", `id="new-password"`)

	// There is no way around it, and the same password again is none.
	g.want("asking", g.get(renew), 303, flow.ResumePath(id))
	g.want("later", g.post(renew, answering("later")), 303, flow.ResumePath(id))
	g.step(id, flow.StepChoosePassword)
	got := g.post(choose, chosen(personal, personal))
	g.want("the same again", got, 422, "")
	g.shows("the same again", got, "the password that you have now")

	fresh := "eleven green bicycles wait"
	g.want("another", g.post(choose, chosen(fresh, fresh)), 303, flow.ResumePath(id))
	g.step(id, flow.StepIssue)
	id = g.begin(nil)
	g.want("the new one", g.post(flow.PathFor(flow.StepSignIn, id), credentials("jsmith2", fresh)), 303, flow.ResumePath(id))
	g.step(id, flow.StepIssue)
}

func TestAnAgeingPasswordMayWait(t *testing.T) {
	g, _ := quarterly(t)
	g.at = g.at.Add(76*day - time.Second)
	g.step(g.signIn(), flow.StepIssue)
	g.at = g.at.Add(time.Second)
	id := g.signIn()
	renew, choose := flow.PathFor(flow.StepRenewPassword, id), flow.PathFor(flow.StepChoosePassword, id)
	g.step(id, flow.StepRenewPassword)
	page := g.get(renew)
	g.want("asking", page, 200, "")
	g.shows("asking", page, "Your password expires in 14 days.", `value="now"`, `value="later"`, `action="`+renew+`"`)

	// Who said "now" may still say "later".
	g.want("now", g.post(renew, answering("now")), 303, flow.ResumePath(id))
	g.step(id, flow.StepChoosePassword)
	page = g.get(choose)
	g.want("choosing", page, 200, "")
	g.shows("choosing", page, "Choose a new password", `action="`+renew+`"`, `value="later"`)
	g.want("later", g.post(renew, answering("later")), 303, flow.ResumePath(id))
	g.step(id, flow.StepIssue)

	// That is remembered for a day, and no longer.
	g.at = g.at.Add(day - time.Second)
	g.step(g.signIn(), flow.StepIssue)
	g.at = g.at.Add(time.Second)
	id = g.signIn()
	g.step(id, flow.StepRenewPassword)

	// Now it is done.
	fresh := "eleven green bicycles wait"
	g.want("now", g.post(flow.PathFor(flow.StepRenewPassword, id), answering("now")), 303, flow.ResumePath(id))
	g.want("chosen", g.post(flow.PathFor(flow.StepChoosePassword, id), chosen(fresh, fresh)), 303, flow.ResumePath(id))
	g.step(id, flow.StepIssue)

	g.at = g.at.Add(90*day - time.Second)
	id = g.begin(nil)
	g.want("the last second", g.post(flow.PathFor(flow.StepSignIn, id), credentials("jsmith2", fresh)), 303, flow.ResumePath(id))
	g.shows("the last second", g.get(flow.PathFor(flow.StepRenewPassword, id)), "Your password expires today.", "Once it has expired")
}

func TestAnOperatorsDecisionIsTold(t *testing.T) {
	g, personID := quarterly(t)
	did := 0
	if _, err := g.pages.Credentials.Expire(t.Context(), credential.Expiry{Note: "a drill", By: audit.Actor{Type: "operator", ID: "o"}},
		func(id string) error {
			if id == personID {
				did++
			}
			return nil
		}); err != nil || did != 1 {
		t.Fatalf("expired %d people, %v", did, err)
	}
	id := g.signIn()
	g.step(id, flow.StepChoosePassword)
	g.shows("choosing", g.get(flow.PathFor(flow.StepChoosePassword, id)), "Your organization has asked for a new password")
}

// TestABrowserIsKnownAgain: its cookie outlives the session and a sign-out, and a
// shared computer gets none.
func TestABrowserIsKnownAgain(t *testing.T) {
	const cookie = "__Host-claviger-device"
	g, personID := quarterly(t)
	first := g.jar[cookie]
	if len(first) != 43 {
		t.Fatalf("the browser keeps %q", first)
	}
	g.signIn()
	if g.jar[cookie] != first {
		t.Error("the browser got another name")
	}
	known := func() (n int) {
		t.Helper()
		if err := g.store.View(t.Context(), func(tx storage.Tx) error {
			ok, err := tx.KnownDevices().Known(t.Context(), secret.Hash(g.jar[cookie]))
			if ok {
				n++
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if known() != 1 {
		t.Error("the browser is not known")
	}

	// What nobody is known by is not taken over.
	g.jar[cookie] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	g.signIn()
	if g.jar[cookie] == "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" || known() != 1 {
		t.Errorf("a planted name was taken over, for %s", personID)
	}

	delete(g.jar, cookie)
	id := g.begin(nil)
	form := credentials("jsmith2", personal)
	form.Set("shared", "1")
	g.want("shared", g.post(flow.PathFor(flow.StepSignIn, id), form), 303, flow.ResumePath(id))
	if g.jar[cookie] != "" {
		t.Error("a shared computer is known")
	}
}
