package pages_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/session"
)

// TestASignInThatCountsNoMoreBindsNothing: whoever came by a password may have gone as
// far as the page that sets up a second factor when somebody else ends all sign-ins.
func TestASignInThatCountsNoMoreBindsNothing(t *testing.T) {
	g, personID := quarterly(t)
	g.required = flow.ACRMFA
	id := g.signIn()
	g.step1(id, flow.StepSetUpFactor)
	totp := flow.PathFor(flow.StepSetUpFactor, id) + "/totp"
	phone, offer := g.take(g.get(totp))

	g.at = g.at.Add(time.Second)
	if err := g.pages.Sessions.EndByPerson(t.Context(), personID, session.ReasonPasswordReset); err != nil {
		t.Fatal(err)
	}
	g.at = g.at.Add(time.Second)
	late := g.post(totp, url.Values{"offer": {offer}, "code": {phone.code(g.at)}, "name": {"mine"}})
	g.want("a factor by a sign-in of before", late, 303, flow.ResumePath(id))
	if has, err := g.pages.Factors.Bound(t.Context(), personID); err != nil || has.TOTP != 0 {
		t.Errorf("a factor was bound: %+v, %v", has, err)
	}
	if s := g.state(id); s.SignedIn != nil {
		t.Errorf("the sign-in stands: %+v", s.SignedIn)
	}
	page := g.get(flow.PathFor(flow.StepSignIn, id))
	if !strings.Contains(page.text, `id="password"`) {
		t.Errorf("they cannot sign in again: \n%s", page.text)
	}
}
