package oidc_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/audit"
)

// agreed is what the composition root tells the flow.
func (w *world) agreed(ctx context.Context, personID string) (flow.Agreement, error) {
	due, err := w.agreements.Due(ctx, personID)
	return flow.Agreement{Due: len(due) > 0, Must: len(due) > 0 && due[0].Must}, err
}

// publish publishes a version that is in effect after a time, for an audience.
func (w *world) publish(audience, version string, after, grace time.Duration) {
	w.t.Helper()
	if _, err := w.agreements.Publish(w.t.Context(), []agreement.Document{{
		Audience: audience, Version: version, Language: "en", EffectiveAt: w.clock.now().Add(after), Grace: grace, Text: []byte("# " + version),
	}}, audit.Actor{Type: "operator", ID: "test"}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) accept(audience, version string) {
	w.t.Helper()
	if err := w.agreements.Accept(w.t.Context(), agreement.Answer{
		PersonID: w.person.ID, Audience: audience, Version: version, Language: "en",
	}); err != nil {
		w.t.Fatal(err)
	}
}

// TestAgreementGatesWhatLives: a new version is in nobody's way until its grace is
// over, then a live session gets nothing from /authorize and no refresh token works
// until it is accepted; afterwards the same ones do.
func TestAgreementGatesWhatLives(t *testing.T) { onEveryStore(t, testAgreementGatesWhatLives) }

func testAgreementGatesWhatLives(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal")
	silently := func() string { return b.get(ask("portal", "prompt", "none")).location(t).Query().Get("error") }

	w.publish("everyone", "2", time.Minute, 2*time.Minute)
	out = w.refresh("portal", out["refresh_token"])
	w.clock.add(time.Minute + 59*time.Second)
	out = w.refresh("portal", out["refresh_token"])
	if got := silently(); got != "" {
		t.Errorf("within the grace: %s", got)
	}
	w.clock.add(62 * time.Second)
	status, refused, _ := w.redeem("portal", refreshing(out["refresh_token"].(string)))
	if status != http.StatusBadRequest || refused["error"] != "invalid_grant" || refused["claviger_hint"] != "agreement_required" {
		t.Errorf("refresh: %d %v", status, refused)
	}
	if got := silently(); got != "interaction_required" {
		t.Errorf("silently: %q", got)
	}
	if to := b.get(ask("portal")).location(t); !strings.HasSuffix(to.Path, "/agreement") {
		t.Errorf("a live session is led to %s", to)
	}
	w.accept("everyone", "2")
	if got := silently(); got != "" {
		t.Errorf("accepted: %s", got)
	}
	w.refresh("portal", out["refresh_token"])
}

// TestAgreementGatesTheSignIn: no code while it is due, though the dispatcher is
// called again and again.
func TestAgreementGatesTheSignIn(t *testing.T) { onEveryStore(t, testAgreementGatesTheSignIn) }

func testAgreementGatesTheSignIn(t *testing.T, w *world) {
	w.publish("everyone", "1", -time.Hour, 0)
	w.publish("everyone", "2", -time.Minute, 0)
	w.publish("everyone", "3", time.Hour, 0)
	w.accept("everyone", "1")                     // an older version does not do
	w.publish("pharmacist", "1", -time.Minute, 0) // Ada is none
	b := w.browser()
	signIn := b.get(ask("portal")).location(t).Path
	resume := b.do(http.MethodPost, signIn, nil).location(t).Path
	for range 3 {
		if to := b.get(resume).location(t); !strings.HasSuffix(to.Path, "/agreement") {
			t.Fatalf("led to %s", to)
		}
	}
	if w.count("session.created")+w.count("grant.created") != 0 {
		t.Errorf("events %v", w.events())
	}
	w.accept("everyone", "2")
	if to := b.get(resume).location(t); to.Query().Get("code") == "" {
		t.Errorf("accepted: %s", to)
	}
}

// TestAgreementTakenBackEndsAccess: with it end the session and what outlives it.
func TestAgreementTakenBackEndsAccess(t *testing.T) {
	onEveryStore(t, testAgreementTakenBackEndsAccess)
}

func testAgreementTakenBackEndsAccess(t *testing.T, w *world) {
	w.publish("everyone", "1", -time.Hour, 0)
	w.accept("everyone", "1")
	b := w.browser()
	portal, night := b.tokens("portal"), b.tokens("night", "scope", "openid offline_access", "prompt", "consent")
	if err := w.agreements.Withdraw(t.Context(), w.person.ID, audit.Actor{Type: "person", ID: w.person.ID}); err != nil {
		t.Fatal(err)
	}
	w.refused("of the session", "portal", portal["refresh_token"], "invalid_grant")
	w.refused("offline", "night", night["refresh_token"], "invalid_grant")
	if a := w.userinfo(portal["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("the access token: %d", a.status)
	}
	if w.count("agreement.withdrawn") != 1 || w.count("session.ended") != 1 {
		t.Errorf("events %v", w.events())
	}
}

// TestAgreementTakenBackBeforeTheCodeIsRedeemed: what was issued and not fetched is
// worth nothing: a code, with offline access or without, and what a device was given.
func TestAgreementTakenBackBeforeTheCodeIsRedeemed(t *testing.T) {
	onEveryStore(t, testAgreementTakenBackBeforeTheCodeIsRedeemed)
}

func testAgreementTakenBackBeforeTheCodeIsRedeemed(t *testing.T, w *world) {
	w.publish("everyone", "1", -time.Hour, 0)
	w.accept("everyone", "1")
	w.offlineScreen()
	b := w.browser()
	codes := map[string]string{"portal": b.code("portal"), "night": b.code("night", "scope", "openid offline_access", "prompt", "consent")}
	device := w.beginDevice("scope", "openid offline_access")
	b.letIn(device)
	w.takesBack()
	for clientID, code := range codes {
		if status, out, _ := w.redeem(clientID, exchange(code)); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
			t.Errorf("%s: %d %v", clientID, status, out)
		}
	}
	if status, out := w.poll("screen", device); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
		t.Errorf("the device: %d %v", status, out)
	}
	if n := w.count("grant.created"); n != 0 {
		t.Errorf("%d grants", n)
	}
}

// TestAgreementTakenBackWhileTheSignInEnds: between the decision and the session that
// rests on it.
func TestAgreementTakenBackWhileTheSignInEnds(t *testing.T) {
	onEveryStore(t, testAgreementTakenBackWhileTheSignInEnds)
}

func testAgreementTakenBackWhileTheSignInEnds(t *testing.T, w *world) {
	w.publish("everyone", "1", -time.Hour, 0)
	w.accept("everyone", "1")
	b := w.browser()
	page := b.get(ask("portal")).location(t).Path
	resume := b.do(http.MethodPost, page, nil).location(t).Path
	taken := false
	w.Agreement = func(ctx context.Context, personID string) (flow.Agreement, error) {
		agreed, err := w.agreed(ctx, personID)
		if !taken {
			taken = true
			w.takesBack()
		}
		return agreed, err
	}
	back := b.get(resume).location(t).Query()
	if back.Get("error") != "login_required" || back.Has("code") {
		t.Errorf("answered %v", back)
	}
	if to := b.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("error") != "login_required" {
		t.Errorf("the browser is signed in: %s", to)
	}
	if begun, ended := w.count("session.created"), w.count("session.ended"); begun != ended {
		t.Errorf("%d sessions began, %d ended", begun, ended)
	}
}

func (w *world) takesBack() {
	w.t.Helper()
	if err := w.agreements.Withdraw(context.Background(), w.person.ID, audit.Actor{Type: "person", ID: w.person.ID}); err != nil {
		w.t.Fatal(err)
	}
}
