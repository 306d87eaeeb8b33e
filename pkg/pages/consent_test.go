package pages_test

import (
	"strings"
	"testing"

	"github.com/claviger-id/claviger/oidc/flow"
)

// TestConsentShowsWhatIsAskedByName: the claims that an application asks for
// beside its scopes stand on the page.
func TestConsentShowsWhatIsAskedByName(t *testing.T) {
	g := newRig(t)
	id, _ := g.enroll("jsmith")
	in := g.begin(func(r *flow.Request) {
		r.Prompt, r.Scopes, r.ClaimScopes = []string{"consent"}, []string{"openid", "profile"}, []string{"email", "provider"}
	})
	g.signedIn(in, id)
	page := g.get("/interaction/" + in + "/consent")
	g.shows("consent", page, "Your name and User ID", "Your email address", "Your NPI, credential, license and organization")
	if strings.Count(page.text[:strings.Index(page.text, "</main>")], "<li>") != 3 {
		t.Errorf("%s", page.text)
	}
}

// signedIn notes a sign-in with a personal password.
func (g *rig) signedIn(interaction, personID string) {
	g.t.Helper()
	in, err := g.pages.Interactions.Load(g.t.Context(), interaction, g.jar["__Host-claviger-browser"])
	if err != nil {
		g.t.Fatal(err)
	}
	if err := g.pages.Interactions.RecordSignIn(g.t.Context(), &in, flow.SignedIn{
		PersonID: personID, Subject: "s", AuthTime: g.at, PasswordKind: "personal", PasswordVersion: 1,
	}); err != nil {
		g.t.Fatal(err)
	}
}
