package oidc_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// TestPairwise: a client that is registered so knows people by a name that no
// other client has, everywhere.
func TestPairwise(t *testing.T) { onEveryStore(t, testPairwise) }

func testPairwise(t *testing.T, w *world) {
	b := w.browser()
	issued := b.tokens("discreet")
	id, head := w.claimsOf(issued["id_token"])
	access, _ := w.claimsOf(issued["access_token"])
	sub, _ := id["sub"].(string)
	if sub == "" || sub == w.person.Subject || access["sub"] != sub || head["alg"] != "EdDSA" {
		t.Errorf("%v %v", id, access)
	}
	// Signed, as it is registered for.
	a := w.userinfo(issued["access_token"].(string))
	info, infoHead := w.claimsOf(a.body)
	if a.header.Get("Content-Type") != "application/jwt" || infoHead["alg"] != "PS256" || info["sub"] != sub || info["aud"] != "discreet" ||
		info["iss"] != w.Issuer || info["name"] != "Ada Quill" {
		t.Errorf("%v %v", a.header, info)
	}
	again, _ := w.claimsOf(w.browser().tokens("discreet")["id_token"])
	if again["sub"] != sub {
		t.Error("another name at the next sign-in")
	}
	hint, _ := issued["id_token"].(string)
	if q := b.get(ask("discreet", "prompt", "none", "id_token_hint", hint)).location(t).Query(); q.Get("code") == "" {
		t.Errorf("the hint names somebody else: %v", q)
	}
	_, out, _ := w.redeem("discreet", refreshing(issued["refresh_token"].(string)))
	if id, _ := w.claimsOf(out["id_token"]); id["sub"] != sub {
		t.Errorf("after a refresh: %v", id)
	}
	if a := b.get("/end-session?" + url.Values{"id_token_hint": {hint}}.Encode()); !strings.HasSuffix(a.location(t).Path, "/signed-out") {
		t.Errorf("signing out: %v", a.header)
	}
}

// TestOffline: with offline_access a grant outlives its session, and ends with
// the account.
func TestOffline(t *testing.T) { onEveryStore(t, testOffline) }

func testOffline(t *testing.T, w *world) {
	b := w.browser()
	issued := b.tokens("night", "scope", "openid offline_access")
	claims, _ := w.claimsOf(issued["access_token"])
	if claims["sid"] != nil || !strings.Contains(issued["scope"].(string), "offline_access") {
		t.Errorf("%v %v", issued, claims)
	}
	online := b.tokens("night", "scope", "openid")
	if err := w.Sessions.EndByPerson(context.Background(), w.person.ID, session.ReasonIdle); err != nil {
		t.Fatal(err)
	}
	if status, out, _ := w.redeem("night", refreshing(online["refresh_token"].(string))); status != http.StatusBadRequest {
		t.Errorf("without offline_access: %d %v", status, out)
	}
	status, out, _ := w.redeem("night", refreshing(issued["refresh_token"].(string)))
	if status != http.StatusOK || out["id_token"] == nil {
		t.Fatalf("%d %v", status, out)
	}
	if a := w.userinfo(out["access_token"].(string)); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
	if err := w.Store.Tx(context.Background(), func(tx storage.Tx) error {
		p, err := tx.People().Get(context.Background(), w.person.ID)
		if err != nil {
			return err
		}
		p.State = storage.PersonSuspended
		return tx.People().Update(context.Background(), p)
	}); err != nil {
		t.Fatal(err)
	}
	if status, out, _ := w.redeem("night", refreshing(out["refresh_token"].(string))); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
		t.Errorf("suspended: %d %v", status, out)
	}
}

// TestResource: tokens are addressed to what was asked for, and to less at the
// token endpoint (RFC 8707).
func TestResource(t *testing.T) { onEveryStore(t, testResource) }

func testResource(t *testing.T, w *world) {
	b := w.browser()
	register(t, w, storage.Client{
		ID: "many", AuthMethod: "none", RedirectURIs: []string{callback}, Audiences: []string{"https://a.example/", "https://b.example/", "https://c.example/"},
		GrantTypes: []string{"authorization_code", "refresh_token"},
	})
	audience := func(out map[string]any) string {
		claims, _ := w.claimsOf(out["access_token"])
		text, _ := json.Marshal(claims["aud"])
		return string(text)
	}
	path := ask("many", "scope", "api:read") + "&" + url.Values{"resource": {"https://b.example/", "https://a.example/"}}.Encode()
	code := b.follow(b.get(path)).Query().Get("code")
	_, out, _ := w.redeem("many", exchange(code))
	if got := audience(out); got != `["https://b.example/","https://a.example/"]` {
		t.Errorf("%s", got)
	}
	refresh := out["refresh_token"].(string)
	_, out, _ = w.redeem("many", refreshing(refresh, "resource", "https://a.example/"))
	if got := audience(out); got != `["https://a.example/"]` {
		t.Errorf("%s", got)
	}
	refresh = out["refresh_token"].(string)
	if status, out, _ := w.redeem("many", refreshing(refresh, "resource", "https://c.example/")); status != http.StatusBadRequest || out["error"] != "invalid_target" {
		t.Errorf("%d %v", status, out)
	}
}

// TestClaimsParameter: claims by name, of those that the client may have (OpenID
// Connect Core section 5.5).
func TestClaimsParameter(t *testing.T) { onEveryStore(t, testClaimsParameter) }

func testClaimsParameter(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal", "scope", "openid", "claims",
		`{"userinfo":{"email":{"essential":true},"phone_number":null,"sub":null},"id_token":{"given_name":null,"npi":null,"iss":{"value":"x"},"auth_time":{"essential":true}}}`)
	id, _ := w.claimsOf(out["id_token"])
	if id["given_name"] != "Ada" || id["npi"] != "1234567893" || id["iss"] != w.Issuer || id["name"] != nil {
		t.Errorf("%v", id)
	}
	info := parse(t, w.userinfo(out["access_token"].(string)))
	if info["email"] != "ada@example.org" || info["phone_number"] != nil || info["given_name"] != nil {
		t.Errorf("%v", info)
	}
	// Whom the application expects; a hint about somebody else contradicts it.
	both := b.get(ask("portal", "id_token_hint", out["id_token"].(string), "claims", `{"id_token":{"sub":{"value":"somebody"}}}`)).location(t).Query()
	if both.Get("error") != "invalid_request" {
		t.Errorf("%v", both)
	}
	q := b.get(ask("portal", "prompt", "none", "claims", `{"id_token":{"sub":{"value":"somebody"}}}`)).location(t).Query()
	if q.Get("error") != "login_required" {
		t.Errorf("%v", q)
	}
}

// TestSignedAnswers is JARM.
func TestSignedAnswers(t *testing.T) { onEveryStore(t, testSignedAnswers) }

func testSignedAnswers(t *testing.T, w *world) {
	b := w.browser()
	b.code("portal")
	for _, mode := range []string{"jwt", "query.jwt"} {
		to := b.get(ask("portal", "response_mode", mode)).location(t)
		if len(to.Query()) != 1 {
			t.Errorf("%s: %s", mode, to)
		}
		claims, _ := w.claimsOf(to.Query().Get("response"))
		if claims["iss"] != w.Issuer || claims["aud"] != "portal" || claims["code"] == nil || claims["state"] != "st-portal" ||
			claims["exp"].(float64) > float64(w.clock.now().Add(10*time.Minute).Unix()) {
			t.Errorf("%s: %v", mode, claims)
		}
	}
	claims, _ := w.claimsOf(b.get(ask("portal", "response_mode", "jwt", "scope", "")).location(t).Query().Get("response"))
	if claims["error"] != "invalid_scope" || claims["code"] != nil {
		t.Errorf("%v", claims)
	}
	a := b.get(ask("portal", "response_mode", "form_post.jwt"))
	if a.status != http.StatusOK || !strings.Contains(a.body, `name="response"`) || strings.Contains(a.body, `name="code"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	for _, mode := range []string{"fragment.jwt", "fragment"} {
		if q := b.get(ask("portal", "response_mode", mode)).location(t).Query(); q.Get("error") != "invalid_request" {
			t.Errorf("%s: %v", mode, q)
		}
	}
	if !slices.Contains(w.Describe().ResponseModesSupported, "jwt") {
		t.Error("not published")
	}
}
