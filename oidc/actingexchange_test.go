package oidc_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// TestActingIsPassedOn: a service exchanges the token of who acts for somebody while the
// delegation lives and names it, and for resources of which the same holds.
func TestActingIsPassedOn(t *testing.T) { onEveryStore(t, testActingIsPassedOn) }

func testActingIsPassedOn(t *testing.T, w *world) {
	bea := w.somebodyElse()
	w.change("mesh", func(c *storage.Client) {
		c.ResourceURIs, c.UpdatedAt = []string{"https://x.example/"}, c.UpdatedAt.Add(100*time.Millisecond)
	})
	exchanged := func(out map[string]any, audience string) (int, map[string]any) {
		status, got, _ := w.redeem("service", url.Values{
			"grant_type":    {"urn:ietf:params:oauth:grant-type:token-exchange"},
			"subject_token": {out["access_token"].(string)}, "subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
			"audience": {audience},
		})
		return status, got
	}
	acting := func(d storage.Delegation) map[string]any {
		b := w.browser()
		b.actsFor = d.ID
		return b.tokens("post", "scope", "openid profile api:read")
	}
	refused := func(what string, out map[string]any, audience, want string) {
		t.Helper()
		if status, got := exchanged(out, audience); status != http.StatusBadRequest || got["error"] != want {
			t.Errorf("%s: %d %v", what, status, got)
		}
	}
	s := w.organizations()
	end := func(d storage.Delegation) {
		if err := s.EndDelegation(t.Context(), d.ID, audit.Actor{Type: "person", ID: bea.ID}); err != nil {
			t.Fatal(err)
		}
	}
	const labs, x = "https://labs.example/", "https://x.example/"

	register := func(clientID string, after time.Duration) {
		w.change(clientID, func(c *storage.Client) { c.Acting, c.UpdatedAt = true, c.UpdatedAt.Add(after) })
	}
	let := func(clients ...string) storage.Delegation {
		d, err := s.GrantDelegation(t.Context(), access.NewDelegation{
			PrincipalID: bea.ID, DelegateID: w.person.ID, Clients: clients, Purpose: access.PurposePayment, EndsAt: w.clock.now().Add(time.Hour),
		}, anOperator)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}

	d := w.letAct(bea, "post")
	refused("a service that is not registered for acting", acting(d), x, "invalid_request")
	end(d)
	register("service", time.Minute)
	d = let("post", "service")
	out := acting(d)
	refused("a resource that nobody answers for", out, labs, "invalid_target")
	refused("a resource that is not registered for acting", out, x, "invalid_target")
	end(d)
	register("mesh", 2*time.Minute)
	d = let("post", "service", "mesh")
	out = acting(d)
	status, got := exchanged(out, x)
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, got)
	}
	told, _ := w.claimsOf(got["access_token"])
	want := map[string]any{"sub": "service", "act": map[string]any{"sub": w.person.Subject}}
	if diff := cmp.Diff(want, told["act"]); diff != "" || told["sub"] != bea.Subject || told["delegation"] == nil {
		t.Errorf("%v %s", told, diff)
	}
	// It is over to the second, before anything was swept up.
	over := w.clock.now().Add(time.Hour)
	w.clock.add(57 * time.Minute)
	b := w.browser()
	b.actsFor = d.ID
	out = b.tokens("post", "scope", "openid profile api:read")
	w.clock.add(over.Sub(w.clock.now()))
	refused("a delegation that is over", out, x, "invalid_request")
	// Registered, and not named.
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	d = let("post")
	refused("a service that the delegation does not name", acting(d), x, "invalid_request")
}
