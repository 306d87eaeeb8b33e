package oidc_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"
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
