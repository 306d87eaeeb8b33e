package oidc_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/agreement"
)

// TestActingReachesThePolicyOfBoth: whoever acts for somebody proves as much as that one
// would have to.
func TestActingReachesThePolicyOfBoth(t *testing.T) {
	onEveryStore(t, testActingReachesThePolicyOfBoth)
}

func testActingReachesThePolicyOfBoth(t *testing.T, w *world) {
	bea := w.somebodyElse()
	d := w.letAct(bea, "portal")
	b := w.browser()
	b.actsFor = d.ID
	out := b.tokens("portal")

	w.asked, w.Strictest = map[string]string{bea.ID: flow.ACRMFA}, flow.ACRMFA
	status, got, _ := w.redeem("portal", refreshing(out["refresh_token"].(string)))
	if status != http.StatusBadRequest || got["error"] != "invalid_grant" || got["claviger_hint"] != "factor_required" {
		t.Errorf("refresh: %d %v", status, got)
	}
	if got := b.get(ask("portal", "prompt", "none")).location(t).Query().Get("error"); got != "login_required" {
		t.Errorf("silently: %q", got)
	}
	if to := b.get(ask("portal")).location(t); !strings.HasSuffix(to.Path, "/sign-in") {
		t.Errorf("who has no factor is led to %s", to)
	}
	// As themselves they go on with what they have.
	self := w.browser()
	self.actsFor = flow.Oneself
	if at, _ := w.claimsOf(self.tokens("portal")["access_token"]); at["sub"] != w.person.Subject {
		t.Errorf("as oneself: %v", at)
	}
	w.has.TOTP = true
	if to := b.get(ask("portal")).location(t); !strings.HasSuffix(to.Path, "/second-factor") {
		t.Errorf("who has a factor is led to %s", to)
	}
	raised := b.tokens("portal")
	if id, _ := w.claimsOf(raised["id_token"]); id["sub"] != bea.Subject || id["acr"] != flow.ACRMFA {
		t.Errorf("after the second factor: %v", id)
	}
	w.refresh("portal", raised["refresh_token"])
}

// TestActingRestsOnThePrincipalsAgreement: nobody does in somebody's name what that one
// may not do before accepting the Use Agreement.
func TestActingRestsOnThePrincipalsAgreement(t *testing.T) {
	onEveryStore(t, testActingRestsOnThePrincipalsAgreement)
}

func testActingRestsOnThePrincipalsAgreement(t *testing.T, w *world) {
	bea := w.somebodyElse()
	d := w.letAct(bea, "portal")
	b := w.browser()
	b.actsFor = d.ID
	out := b.tokens("portal")
	w.publish("everyone", "1", time.Second, 0)
	late := b.code("portal")
	w.clock.add(2 * time.Second)
	w.accept("everyone", "1")

	if a := w.userinfo(out["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("userinfo: %d %s", a.status, a.body)
	}
	if status, got, _ := w.redeem("portal", exchange(late)); status != http.StatusBadRequest || got["error"] != "invalid_grant" {
		t.Errorf("a code of before: %d %v", status, got)
	}
	w.refused("refresh", "portal", out["refresh_token"], "invalid_grant")
	if got := b.get(ask("portal", "prompt", "none")).location(t).Query().Get("error"); got != "account_selection_required" {
		t.Errorf("silently: %q", got)
	}
	if err := w.agreements.Accept(t.Context(), agreement.Answer{PersonID: bea.ID, Audience: "everyone", Version: "1", Language: "en"}); err != nil {
		t.Fatal(err)
	}
	w.refresh("portal", out["refresh_token"])
	if at, _ := w.claimsOf(b.tokens("portal", "prompt", "none")["access_token"]); at["sub"] != bea.Subject {
		t.Errorf("after the principal accepted: %v", at)
	}
}
