package oidc_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAliasesForCertificates: RFC 8705 section 5. Programs with certificates may
// call the endpoints at another origin, and name it in what they sign.
func TestAliasesForCertificates(t *testing.T) { onEveryStore(t, testAliasesForCertificates) }

func testAliasesForCertificates(t *testing.T, w *world) {
	const origin = "https://mtls.example"
	w.Aliases, w.Auth.TokenAlias = origin, origin+"/token"
	published := parse(t, w.browser().get("/.well-known/openid-configuration"))
	if diff := cmp.Diff(map[string]any{
		"token_endpoint": origin + "/token", "pushed_authorization_request_endpoint": origin + "/par",
		"device_authorization_endpoint": origin + "/device_authorization", "introspection_endpoint": origin + "/introspect",
		"revocation_endpoint": origin + "/revoke", "userinfo_endpoint": origin + "/userinfo",
		"claviger_session_endpoint": origin + "/session", "claviger_session_activity_endpoint": origin + "/session/activity",
		"claviger_logouts_endpoint": origin + "/logouts",
	}, published["mtls_endpoint_aliases"]); diff != "" {
		t.Error(diff)
	}
	if published["token_endpoint"] != w.Issuer+"/token" {
		t.Errorf("the endpoint itself has moved: %v", published["token_endpoint"])
	}

	proof := func(htu string) string {
		return bankKey.proof(w, http.MethodPost, "/token", "", map[string]any{"htu": htu})
	}
	ask := func(assertion map[string]any, proof string) (int, any) {
		form := alone("client_assertion_type", assertionType, "client_assertion", bankKey.assertion(w, "service", assertion))
		status, out, _ := w.redeem("service", form, func(r *http.Request) { r.Header.Set("DPoP", proof) })
		return status, out["error"]
	}
	once := proof(origin + "/token")
	if status, code := ask(nil, once); status != http.StatusOK {
		t.Errorf("a proof for the alias: %d %v", status, code)
	}
	if status, code := ask(nil, once); status != http.StatusBadRequest || code != "invalid_dpop_proof" {
		t.Errorf("the same proof again: %d %v", status, code)
	}
	if status, code := ask(nil, proof(origin+"/userinfo")); status != http.StatusBadRequest || code != "invalid_dpop_proof" {
		t.Errorf("a proof for another address: %d %v", status, code)
	}
	if status, code := ask(map[string]any{"aud": origin + "/token"}, proof(w.Issuer+"/token")); status != http.StatusOK {
		t.Errorf("an assertion for the alias: %d %v", status, code)
	}
	if status, code := ask(map[string]any{"aud": "https://elsewhere.example/token"}, proof(w.Issuer+"/token")); status != http.StatusUnauthorized {
		t.Errorf("an assertion for somebody else: %d %v", status, code)
	}
	// FAPI 2.0 Security Profile section 5.3.2.1: the issuer alone.
	form := pushing()
	form.Set("client_assertion_type", assertionType)
	form.Set("client_assertion", bankKey.assertion(w, "bank", map[string]any{"aud": origin + "/token"}))
	if a := w.post("/par", "bank", form); a.status != http.StatusUnauthorized {
		t.Errorf("profile fapi2, an assertion for the alias: %d %s", a.status, a.body)
	}
	// UserInfo, too, knows its other name.
	_, out, _ := w.redeem("portal", exchange(w.browser().code("portal")), bankKey.proving(w, "/token"))
	token, _ := out["access_token"].(string)
	named := bankKey.proof(w, http.MethodGet, "/userinfo", token, map[string]any{"htu": origin + "/userinfo"})
	if a := w.withProof("DPoP", token, named); a.status != http.StatusOK {
		t.Errorf("UserInfo: %d %s", a.status, a.header)
	}
}
