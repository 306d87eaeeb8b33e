package oidc_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// organizations is the service, over the world's stores and sessions.
func (w *world) organizations() *access.Service {
	return &access.Service{
		Store: w.Store, Keys: sharedKeyring(), People: w.People, Log: quiet, EndActing: w.Delegations.End, Rules: access.Rules{Roles: []string{"nurse", "biller"}, Longest: 24 * time.Hour},
		EndAccess: func(ctx context.Context, personID string) error {
			return w.Sessions.EndAccess(ctx, personID, session.ReasonMembership)
		},
		EndFor: func(ctx context.Context, personID string, touched func(storage.Client) bool) error {
			return w.Sessions.EndFor(ctx, personID, touched, session.ReasonMembership)
		},
	}
}

var anOperator = audit.Actor{Type: "operator", ID: "x"}

// employ makes an organization and gives the person roles there.
func (w *world) employ(name string, roles ...string) (storage.Organization, []storage.Membership) {
	w.t.Helper()
	s := w.organizations()
	o, err := s.Create(w.t.Context(), access.NewOrganization{Name: name, Kind: storage.OrganizationPractice}, anOperator)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []storage.Membership
	for _, r := range roles {
		m, err := s.Grant(w.t.Context(), access.NewMembership{OrganizationID: o.ID, PersonID: w.person.ID, Role: r, Need: "Has to"}, anOperator)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, m)
	}
	return o, all
}

func TestClaimsOfOrganizations(t *testing.T) { onEveryStore(t, testClaimsOfOrganizations) }

func testClaimsOfOrganizations(t *testing.T, w *world) {
	o, all := w.employ("Cove Clinic", "nurse", "biller", access.Administrator)
	w.change("portal", func(c *storage.Client) { c.Scopes = append(c.Scopes, "org", "roles", "npi") })
	w.change("post", func(c *storage.Client) {
		c.Scopes, c.UpdatedAt = append(c.Scopes, "org"), c.UpdatedAt.Add(time.Second) // a change of its own to the cache
	})
	b := w.browser()
	told := func(clientID, scope string, change ...string) string {
		t.Helper()
		out := b.tokens(clientID, append([]string{"scope", scope}, change...)...)
		info := parse(t, w.userinfo(out["access_token"]))
		delete(info, "sub")
		text, err := json.Marshal(info)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	org := `"org":[{"id":"` + o.ID + `","kind":"practice","name":"Cove Clinic"`
	for scope, want := range map[string]string{
		"openid org":       `{` + org + `}]}`,
		"openid roles":     `{"roles":["biller","nurse"]}`,
		"openid npi":       `{"npi":"1234567893"}`,
		"openid org roles": `{` + org + `,"roles":["biller","nurse"]}],"roles":["biller","nurse"]}`,
		"openid email":     `{"email":"ada@example.org","email_verified":false}`,
	} {
		if diff := cmp.Diff(want, told("portal", scope)); diff != "" {
			t.Errorf("%s: %s", scope, diff)
		}
	}
	// By name, and no more than the client is registered for.
	asked := `{"userinfo":{"org":null,"roles":null,"npi":null},"id_token":{"roles":null}}`
	if got, want := told("post", "openid", "claims", asked), `{"npi":"1234567893",`+org+`}]}`; got != want {
		t.Errorf("by name: %s", got)
	}
	if got := told("legacy", "openid", "claims", asked); strings.Contains(got, "org") || strings.Contains(got, "roles") {
		t.Errorf("not registered for any: %s", got)
	}
	idToken, _ := w.claimsOf(b.tokens("portal", "scope", "openid", "claims", asked)["id_token"])
	if diff := cmp.Diff([]any{"biller", "nurse"}, idToken["roles"]); diff != "" {
		t.Errorf("in the ID token: %s", diff)
	}
	idToken, _ = w.claimsOf(b.tokens("post", "scope", "openid", "claims", asked)["id_token"])
	if _, ok := idToken["roles"]; ok {
		t.Errorf("in the ID token of a client that is not registered: %v", idToken)
	}
	// A scope that it is not registered for is refused.
	for _, scope := range []string{"org", "roles", "npi"} {
		if back := b.get(ask("legacy", "scope", "openid "+scope)).location(t); back.Query().Get("error") != "invalid_scope" {
			t.Errorf("%s: %s", scope, back)
		}
	}
	// A registration that was taken back is not outlived by its tokens.
	out := b.tokens("portal", "scope", "openid org npi")
	w.change("portal", func(c *storage.Client) { c.Scopes, c.UpdatedAt = []string{"openid"}, c.UpdatedAt.Add(2*time.Second) })
	if info := parse(t, w.userinfo(out["access_token"])); len(info) != 1 {
		t.Errorf("after the registration was cut: %v", info)
	}
	w.change("portal", func(c *storage.Client) {
		c.Scopes, c.UpdatedAt = []string{"openid", "org", "roles"}, c.UpdatedAt.Add(2*time.Second)
	})

	// What ended is told to nobody, and who was told hears of the end at once.
	out = b.tokens("portal", "scope", "openid roles")
	quietly := b.tokens("legacy", "scope", "openid")
	if err := w.organizations().Remove(t.Context(), o.ID, all[0].ID, anOperator); err != nil {
		t.Fatal(err)
	}
	if a := w.userinfo(out["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("userinfo after the end: %d %s", a.status, a.body)
	}
	if a := w.post("/introspect", "portal", about(out["access_token"])); parse(t, a)["active"] != false {
		t.Errorf("introspection after the end: %s", a.body)
	}
	w.refused("refresh after the end", "portal", out["refresh_token"], "invalid_grant")
	if a := w.userinfo(quietly["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("what shared the session: %d", a.status)
	}
	if got := told("portal", "openid roles"); got != `{"roles":["biller"]}` {
		t.Errorf("what is left: %s", got)
	}
}

func TestApplicationsForSomeRolesOnly(t *testing.T) {
	onEveryStore(t, testApplicationsForSomeRolesOnly)
}

func testApplicationsForSomeRolesOnly(t *testing.T, w *world) {
	before := w.browser().tokens("portal")
	w.change("portal", func(c *storage.Client) { c.Roles = []string{"nurse", "clinician"} })
	denied := func(what string, b *browser) {
		t.Helper()
		back := b.follow(b.get(ask("portal")))
		if q := back.Query(); q.Get("error") != "access_denied" || q.Get("code") != "" {
			t.Errorf("%s: %s", what, back)
		}
	}
	b := w.browser()
	w.refused("refresh of who came before the rule", "portal", before["refresh_token"], "invalid_grant")
	denied("nobody's member", b)
	o, _ := w.employ("Cove Clinic", "biller")
	b.tokens("post") // others do not mind
	denied("a member with another role, with a session", b)
	denied("and without one", w.browser())
	m, err := w.organizations().Grant(t.Context(), access.NewMembership{OrganizationID: o.ID, PersonID: w.person.ID, Role: "nurse", Need: "Has to"}, anOperator)
	if err != nil {
		t.Fatal(err)
	}
	out := b.tokens("portal")
	if err := w.organizations().Remove(t.Context(), o.ID, m.ID, anOperator); err != nil {
		t.Fatal(err)
	}
	w.refused("refresh after the end", "portal", out["refresh_token"], "invalid_grant")
	denied("afterwards", b)
}

// TestAGivenRoleNeedsNoNewSignIn: it counts from the moment that it is given, and its
// person is not signed out.
func TestAGivenRoleNeedsNoNewSignIn(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		o, _ := w.employ("Cove Clinic", "biller")
		w.change("portal", func(c *storage.Client) { c.Scopes = append(c.Scopes, "roles") })
		b := w.browser()
		out := b.tokens("portal", "scope", "openid roles")
		if _, err := w.organizations().Grant(t.Context(), access.NewMembership{OrganizationID: o.ID, PersonID: w.person.ID, Role: "nurse", Need: "Has to"}, anOperator); err != nil {
			t.Fatal(err)
		}
		if info := parse(t, w.userinfo(out["access_token"])); !cmp.Equal(info["roles"], any([]any{"biller", "nurse"})) {
			t.Errorf("told of %v", info["roles"])
		}
		if to := b.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("code") == "" {
			t.Errorf("signed out: %s", to)
		}
	})
}

func TestDiscoveryNamesTheClaimsOfOrganizations(t *testing.T) {
	w := newWorld(t, embeddedStores)
	m := w.Describe()
	for _, name := range []string{"org", "roles", "npi"} {
		if !slices.Contains(m.ScopesSupported, name) || !slices.Contains(m.ClaimsSupported, name) {
			t.Errorf("%s is not announced: %v %v", name, m.ScopesSupported, m.ClaimsSupported)
		}
	}
	for i, name := range m.ClaimsSupported {
		if slices.Contains(m.ClaimsSupported[:i], name) {
			t.Errorf("%s is announced twice", name)
		}
	}
}
