package oidc_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

// RFC 9470: an API that wants a fresher sign-in sends the application back with
// max_age and acr_values, and reads in the token, or in what introspection says
// of it, what came of that.
func TestStepUp(t *testing.T) { onEveryStore(t, testStepUp) }

func testStepUp(t *testing.T, w *world) {
	b := w.browser()
	first, _ := w.claimsOf(b.tokens("portal", "scope", "openid api:read")["access_token"])
	if first["acr"] == nil || first["auth_time"] == nil {
		t.Fatalf("section 6.1: %v", first)
	}
	w.clock.add(10 * time.Minute)
	again, _ := w.claimsOf(b.tokens("portal", "scope", "openid api:read")["access_token"])
	if again["auth_time"] != first["auth_time"] {
		t.Errorf("nobody asked for a fresher sign-in: %v", again["auth_time"])
	}
	token := b.tokens("portal", "scope", "openid api:read", "max_age", "300", "acr_values", first["acr"].(string))["access_token"]
	fresh, _ := w.claimsOf(token)
	if want := first["auth_time"].(float64) + 600; fresh["auth_time"] != want || fresh["acr"] != first["acr"] {
		t.Errorf("section 4: auth_time %v, want %v; acr %v", fresh["auth_time"], want, fresh["acr"])
	}
	a := w.post("/introspect", "portal", url.Values{"token": {token.(string)}})
	if told := parse(t, a); a.status != http.StatusOK || told["acr"] != fresh["acr"] || told["auth_time"] != fresh["auth_time"] {
		t.Errorf("section 6.2: %d %v", a.status, told)
	}
	// A class that cannot be reached is no error where it is preferred, and one
	// where it is essential.
	unknown, _ := w.claimsOf(b.tokens("portal", "scope", "openid", "acr_values", "urn:example:gold")["access_token"])
	if unknown["acr"] != first["acr"] {
		t.Errorf("acr %v", unknown["acr"])
	}
	back := b.get(ask("portal", "claims", `{"id_token":{"acr":{"essential":true,"value":"urn:example:gold"}}}`)).location(t)
	if got := back.Query().Get("error"); got != "unmet_authentication_requirements" {
		t.Errorf("an essential class that cannot be reached: %q", got)
	}
}

// Somebody who is signed in proves a second factor because an application asks for
// it: the session that takes the place of theirs is one of that class, is as old as
// the password, and lives no longer.
func TestStepUpToAnotherFactor(t *testing.T) { onEveryStore(t, testStepUpToAnotherFactor) }

func testStepUpToAnotherFactor(t *testing.T, w *world) {
	b := w.browser()
	wants := []string{"scope", "openid api:read", "acr_values", flow.ACRMFA}
	first, _ := w.claimsOf(b.tokens("portal", wants...)["id_token"])
	if first["acr"] != flow.ACRPassword {
		t.Fatalf("a wish is no reason to set something up: acr %v", first["acr"])
	}
	before, err := w.Sessions.Alive(t.Context(), first["sid"].(string))
	if err != nil {
		t.Fatal(err)
	}
	w.has.TOTP = true
	w.clock.add(10 * time.Minute)
	still, _ := w.claimsOf(b.tokens("portal", "scope", "openid api:read")["id_token"])
	if still["sid"] != first["sid"] {
		t.Error("a session is asked for more than the application wants")
	}
	asked := b.get(ask("portal", append(wants, "prompt", "none")...)).location(t)
	if got := asked.Query().Get("error"); got != "login_required" {
		t.Errorf("where nobody may be asked: %q", got)
	}

	out := b.tokens("portal", wants...)
	raised, _ := w.claimsOf(out["id_token"])
	if raised["acr"] != flow.ACRMFA || raised["sid"] == first["sid"] || raised["auth_time"] != first["auth_time"] ||
		!cmp.Equal(raised["amr"], []any{"pwd", "otp", "mfa"}) {
		t.Errorf("acr %v, amr %v, the same session %v, auth_time %v after %v", raised["acr"], raised["amr"], raised["sid"] == first["sid"], raised["auth_time"], first["auth_time"])
	}
	after, err := w.Sessions.Alive(t.Context(), raised["sid"].(string))
	if err != nil || !after.AbsoluteDeadline.Equal(before.AbsoluteDeadline) {
		t.Errorf("the session lives until %v, the one before until %v: %v", after.AbsoluteDeadline, before.AbsoluteDeadline, err)
	}
	if _, err := w.Sessions.Alive(t.Context(), before.ID); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the session before: %v", err)
	}
	a := w.post("/introspect", "portal", url.Values{"token": {out["access_token"].(string)}})
	if told := parse(t, a); told["acr"] != flow.ACRMFA {
		t.Errorf("RFC 9470 section 6.2: %v", told)
	}
	status, renewed, _ := w.redeem("portal", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {out["refresh_token"].(string)}})
	if status != http.StatusOK {
		t.Fatalf("refresh: %d %v", status, renewed)
	}
	if claims, _ := w.claimsOf(renewed["access_token"]); claims["acr"] != flow.ACRMFA {
		t.Errorf("after a refresh: acr %v", claims["acr"])
	}
	// From now on the session is enough, and the class is never more than it is.
	demand := `{"id_token":{"acr":{"essential":true,"values":["` + flow.ACRPassword + `"]}}}`
	less, _ := w.claimsOf(b.tokens("portal", "claims", demand)["id_token"])
	if less["sid"] != raised["sid"] || less["acr"] != flow.ACRPassword {
		t.Errorf("OpenID Connect Core section 5.5.1.1: acr %v", less["acr"])
	}
}

// Policy begins to ask for more than somebody has proven who is signed in, because it
// was changed or their roles were. Nothing is issued any more until they prove it, and
// nothing is lost when policy is taken back.
func TestPolicyReachesWhoIsSignedIn(t *testing.T) { onEveryStore(t, testPolicyReachesWhoIsSignedIn) }

func testPolicyReachesWhoIsSignedIn(t *testing.T, w *world) {
	b := w.browser()
	held := map[string]map[string]any{"portal": b.tokens("portal"), "night": b.tokens("night", "scope", "openid offline_access", "prompt", "consent")}
	asks := func(class string) { w.has.Required, w.Strictest = class, class }
	refused := func(when, clientID string, token any) {
		t.Helper()
		status, out, _ := w.redeem(clientID, refreshing(token.(string)))
		if status != http.StatusBadRequest || out["error"] != "invalid_grant" || out["claviger_hint"] != "factor_required" {
			t.Errorf("%s, %s: %d %v", when, clientID, status, out)
		}
	}
	asks(flow.ACRMFA)
	for clientID, set := range held {
		refused("asked for more", clientID, set["refresh_token"])
	}
	if got := b.get(ask("portal", "prompt", "none")).location(t).Query().Get("error"); got != "login_required" {
		t.Errorf("silently: %q", got)
	}
	// What is set up needs a fresh authentication.
	if to := b.get(ask("portal")).location(t); !strings.HasSuffix(to.Path, "/sign-in") {
		t.Errorf("who has nothing is led to %s", to)
	}
	asks("")
	for clientID := range held {
		held[clientID] = w.refresh(clientID, held[clientID]["refresh_token"])
	}

	w.has.TOTP = true
	asks(flow.ACRMFA)
	if to := b.get(ask("portal")).location(t); !strings.HasSuffix(to.Path, "/second-factor") {
		t.Errorf("who has something is led to %s", to)
	}
	raised := b.tokens("portal")
	if claims, _ := w.claimsOf(raised["id_token"]); claims["acr"] != flow.ACRMFA {
		t.Errorf("acr %v", claims["acr"])
	}
	raised = w.refresh("portal", raised["refresh_token"])
	refused("offline, proven elsewhere since", "night", held["night"]["refresh_token"])
	w.refused("of the session before", "portal", held["portal"]["refresh_token"], "invalid_grant")

	// An application that was told of less than was proven is refused nothing.
	told := b.tokens("portal", "claims", `{"id_token":{"acr":{"essential":true,"values":["`+flow.ACRPassword+`"]}}}`)
	if claims, _ := w.claimsOf(told["id_token"]); claims["acr"] != flow.ACRPassword {
		t.Fatalf("acr %v", claims["acr"])
	}
	w.refresh("portal", told["refresh_token"])
	asks(flow.ACRPhishingResistant)
	refused("asked for a passkey", "portal", raised["refresh_token"])
}
