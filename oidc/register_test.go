package oidc_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// registry is a world in which applications register themselves.
type registry struct {
	*world
	at string // where
}

func newRegistry(t *testing.T, change ...func(*oidc.Registrations)) registry {
	t.Helper()
	w := newWorld(t, embeddedStores)
	w.Registrations = &oidc.Registrations{
		Store: w.Store, Clients: w.Clients, Marks: w.Marks, Attempts: w.Attempts, Fetch: outbound.New(outbound.Options{}), Issuer: w.Issuer,
		Policy: client.Policy{
			Scopes: []string{"openid", "profile", "email", "offline_access"}, GrantTypes: []string{"authorization_code", "refresh_token", "client_credentials"},
			Profiles: []string{"baseline", "fapi2"}, AuthMethods: client.AuthMethods(), Hosts: []string{"rp.example", "*.wild.example"},
		},
		Unused: 24 * time.Hour, PerHour: 50, MaxClients: 3, TombstoneFor: 10 * time.Minute, Now: w.clock.now, Log: quiet,
	}
	for _, c := range change {
		c(w.Registrations)
	}
	browser := web.NewBrowserMux(web.BrowserOptions{Log: quiet, Now: w.clock.now, Fault: func(http.ResponseWriter, *http.Request, error) {}})
	api := web.NewAPIMux(web.APIOptions{Log: quiet, Now: w.clock.now, Fault: w.Fault})
	w.Routes(browser, api)
	s := httptest.NewServer(api)
	t.Cleanup(s.Close)
	return registry{w, s.URL}
}

// token issues an initial access token.
func (w registry) token(value string, uses int64, scopes ...string) {
	w.t.Helper()
	if err := w.Store.Tx(w.t.Context(), func(tx storage.Tx) error {
		return tx.InitialTokens().Insert(w.t.Context(), storage.InitialToken{
			ID: "id-" + value, SHA256: hash(value), Scopes: scopes, MaxUses: uses, CreatedAt: begun, ExpiresAt: begun.Add(time.Hour),
		})
	}); err != nil {
		w.t.Fatal(err)
	}
}

func (w registry) call(method, path, token, body string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.at+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return w.send(http.DefaultClient, req)
}

// registered registers an application and returns what it was told.
func (w registry) registered(token, body string) map[string]any {
	w.t.Helper()
	a := w.call(http.MethodPost, "/register", token, body)
	if a.status != http.StatusCreated {
		w.t.Fatalf("%d %s", a.status, a.body)
	}
	return parse(w.t, a)
}

func (w registry) wants(what string, a answer, status int, code string) {
	w.t.Helper()
	if a.status != status || code != "" && parse(w.t, a)["error"] != code {
		w.t.Errorf("%s: %d %s, want %d %s", what, a.status, a.body, status, code)
	}
}

const simple = `{"redirect_uris":["https://rp.example/cb"],"client_name":"App","client_name#es":"La App","unheard_of":{"a":[1]},
	"grant_types":["authorization_code","refresh_token"],"contacts":["a@rp.example"],"initiate_login_uri":"https://rp.example/login",
	"request_uris":["https://rp.example/r#x"]}`

// TestRegister takes an application from registration to its end: RFC 7591
// section 3, RFC 7592 section 2.
func TestRegister(t *testing.T) {
	w := newRegistry(t)
	w.token("once", 1)
	a := w.call(http.MethodPost, "/register", "once", simple)
	if a.status != http.StatusCreated || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	told := parse(t, a)
	id, secret, token := told["client_id"].(string), told["client_secret"].(string), told["registration_access_token"].(string)
	for name, want := range map[string]any{
		"token_endpoint_auth_method": "client_secret_basic", "id_token_signed_response_alg": "RS256", "client_secret_expires_at": 0.0,
		"client_id_issued_at": float64(begun.Unix()), "registration_client_uri": w.Issuer + "/register/" + id, "application_type": "web",
		"scope": "openid profile email offline_access", "client_name": "App", "initiate_login_uri": "https://rp.example/login", "subject_type": "public",
	} {
		if told[name] != want {
			t.Errorf("%s is %v, want %v", name, told[name], want)
		}
	}
	for _, name := range []string{"client_name#es", "unheard_of", "request_uris"} {
		if _, ok := told[name]; ok {
			t.Errorf("%s is there", name)
		}
	}
	w.wants("second use", w.call(http.MethodPost, "/register", "once", simple), http.StatusUnauthorized, "invalid_token")

	// It can be used at once.
	code := w.browser().code(id)
	form := exchange(code)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.Issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	tokens := parse(t, w.send(http.DefaultClient, req))
	if _, header := w.claimsOf(tokens["id_token"]); header["alg"] != "RS256" {
		t.Errorf("ID token: %v", header)
	}
	if a := w.userinfo(tokens["access_token"]); a.status != http.StatusOK {
		t.Errorf("userinfo: %d", a.status)
	}

	own := "/register/" + id
	a = w.call(http.MethodGet, own, token, "")
	if got := parse(t, a); a.status != http.StatusOK || got["initiate_login_uri"] == nil || got["client_secret"] != nil || got["registration_access_token"] != token {
		t.Errorf("GET: %d %s", a.status, a.body)
	}
	// Nobody learns whether there is such a client.
	wrong, none := w.call(http.MethodGet, own, "wrong", ""), w.call(http.MethodGet, "/register/app-none", "wrong", "")
	if wrong.status != http.StatusUnauthorized || wrong.body != none.body || wrong.header.Get("WWW-Authenticate") != none.header.Get("WWW-Authenticate") {
		t.Errorf("%d %s is not %d %s", wrong.status, wrong.body, none.status, none.body)
	}
	w.wants("no token", w.call(http.MethodGet, own, "", ""), http.StatusUnauthorized, "invalid_token")

	put := func(members string) answer {
		return w.call(http.MethodPut, own, token, `{"client_id":"`+id+`","redirect_uris":["https://rp.example/new"]`+members+`}`)
	}
	a = put(`,"client_name":"Renamed","contacts":null`)
	if got := parse(t, a); a.status != http.StatusOK || got["client_name"] != "Renamed" || got["contacts"] != nil || got["client_secret"] != nil || got["initiate_login_uri"] != nil {
		t.Errorf("PUT: %d %s", a.status, a.body)
	}
	if c, _ := w.Clients.Get(id); !client.IsRedirectURI(c, "https://rp.example/new") || client.IsRedirectURI(c, "https://rp.example/cb") {
		t.Error("the change is not in use")
	}
	w.wants("PUT with its secret", put(`,"client_secret":"`+secret+`"`), http.StatusOK, "")
	w.wants("PUT with a chosen secret", put(`,"client_secret":"chosen"`), http.StatusBadRequest, "invalid_client_metadata")
	w.wants("PUT with what must not be sent", put(`,"client_id_issued_at":1`), http.StatusBadRequest, "invalid_client_metadata")
	w.wants("PUT of another", w.call(http.MethodPut, own, token, simple), http.StatusBadRequest, "invalid_client_metadata")

	w.wants("DELETE with a wrong token", w.call(http.MethodDelete, own, "wrong", ""), http.StatusUnauthorized, "invalid_token")
	w.wants("DELETE", w.call(http.MethodDelete, own, token, ""), http.StatusNoContent, "")
	w.wants("GET after DELETE", w.call(http.MethodGet, own, token, ""), http.StatusUnauthorized, "invalid_token")
	if a := w.userinfo(tokens["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("its access token works: %d", a.status)
	}
	if _, ok := w.Clients.Get(id); ok {
		t.Error("it is still known")
	}
	for _, kind := range []string{"client.registered", "client.updated", "client.removed", "initial_token.used", "registration.denied", "grant.ended"} {
		if w.count(kind) == 0 {
			t.Errorf("no event %s in %v", kind, w.events())
		}
	}
}

// TestRegisterRefuses: what contradicts itself, the rules or the policy.
func TestRegisterRefuses(t *testing.T) {
	w := newRegistry(t)
	w.token("t", 100)
	const bad, meta = "invalid_redirect_uri", "invalid_client_metadata"
	for body, want := range map[string]string{
		`{"redirect_uris":["https://rp.example/cb#x"]}`:      bad,
		`{"redirect_uris":["http://rp.example/cb"]}`:         bad,
		`{"redirect_uris":["https://elsewhere.example/cb"]}`: bad,
		`{"redirect_uris":["https://wild.example/cb"]}`:      bad,
		`{}`: bad,
		`{"redirect_uris":["javascript:alert(1)"]}`:                                                           bad,
		`{"redirect_uris":"https://rp.example/cb"}`:                                                           meta,
		`{"redirect_uris":["https://rp.example/cb"],"redirect_uris":["https://rp.example/2"]}`:                meta,
		`{"redirect_uris":["https://rp.example/cb"],"initiate_login_uri":"http://rp.example/"}`:               meta,
		`{"redirect_uris":["https://rp.example/cb"],"scope":"openid api:read"}`:                               meta,
		`{"redirect_uris":["https://rp.example/cb"],"grant_types":["implicit"]}`:                              meta,
		`{"redirect_uris":["https://rp.example/cb"],"response_types":["id_token"]}`:                           meta,
		`{"grant_types":["client_credentials"],"response_types":["code"]}`:                                    meta,
		`{"redirect_uris":["https://rp.example/cb"],"audiences":["https://api.example/"]}`:                    meta,
		`{"redirect_uris":["https://rp.example/cb"],"resource_uris":["https://api.example/"]}`:                meta,
		`{"redirect_uris":["https://rp.example/cb"],"pkce_optional":true}`:                                    meta,
		`{"redirect_uris":["https://rp.example/cb"],"assertion_issuers":[{"issuer":"https://evil.example"}]}`: meta,
		`{"redirect_uris":["https://rp.example/cb"],"client_id":"portal"}`:                                    meta,
		`{"redirect_uris":["https://rp.example/cb"],"client_secret":"chosen"}`:                                meta,
		`{"redirect_uris":["https://rp.example/cb"],"profile":"fapi2"}`:                                       meta,
		`{"redirect_uris":["https://rp.example/cb"],"profile":"smart"}`:                                       meta,
		`{"redirect_uris":["https://rp.example/cb"],"id_token_encrypted_response_alg":"RSA-OAEP"}`:            meta,
		`{"redirect_uris":["https://rp.example/cb"],"sector_identifier_uri":"https://127.0.0.1:1/s"}`:         meta,
		`{"redirect_uris":["https://rp.example/cb"],"policy_uri":"https://evil.example/"}`:                    meta,
		`{"redirect_uris":["https://rp.example/cb"],"token_endpoint_auth_method":"private_key_jwt"}`:          meta,
		`{"redirect_uris":["https://rp.example/cb"],"software_statement":"e30.e30."}`:                         "unapproved_software_statement",
		`[]`: meta, `{"a":`: meta, `{} {}`: meta,
	} {
		w.wants(body, w.call(http.MethodPost, "/register", "t", body), http.StatusBadRequest, want)
		w.Registrations.PerHour++
	}
	a := w.call(http.MethodPost, "/register", "t", `{"redirect_uris":["https://rp.example/cb#x"],"scope":"api:read","grant_types":["x"]}`)
	told, _ := parse(t, a)["error_description"].(string)
	for _, want := range []string{"fragment", "api:read", "grant type 'x'"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q is not told: %s", want, a.body)
		}
	}
	if w.count("client.registered") != 0 || w.count("initial_token.used") != 0 {
		t.Errorf("%v", w.events())
	}
}

// TestRegisterBounds: nobody without a token, no scope above its ceiling, no more
// from an address or in all than there may be; who is not used goes.
func TestRegisterBounds(t *testing.T) {
	w := newRegistry(t)
	w.wants("no token", w.call(http.MethodPost, "/register", "", simple), http.StatusUnauthorized, "invalid_token")
	w.wants("unknown token", w.call(http.MethodPost, "/register", "x", simple), http.StatusUnauthorized, "invalid_token")
	w.token("low", 10, "openid", "api:read")
	if told := w.registered("low", simple); told["scope"] != "openid" {
		t.Errorf("scope: %v", told["scope"])
	}
	w.wants("above the ceiling", w.call(http.MethodPost, "/register", "low", `{"redirect_uris":["https://rp.example/cb"],"scope":"email"}`), http.StatusBadRequest, "invalid_client_metadata")
	w.registered("low", simple)
	w.registered("low", simple)
	w.expectDown = true
	w.wants("one too many", w.call(http.MethodPost, "/register", "low", simple), http.StatusServiceUnavailable, "")

	w.clock.add(25 * time.Hour)
	if err := w.Registrations.Tidy(t.Context()); err != nil || w.count("client.removed") != 3 {
		t.Errorf("%v %v", err, w.events())
	}
	limited := newRegistry(t, func(g *oidc.Registrations) { g.PerHour = 2; g.Open = true })
	limited.registered("", simple)
	limited.registered("", simple)
	limited.wants("third in an hour", limited.call(http.MethodPost, "/register", "", simple), http.StatusTooManyRequests, "temporarily_unavailable")
}

// TestRegistrationTokenRotates where the operator says so, and secrets that are
// old get a successor.
func TestRegistrationTokenRotates(t *testing.T) {
	w := newRegistry(t, func(g *oidc.Registrations) { g.Open, g.RotateToken, g.SecretLife = true, true, 10*time.Hour })
	told := w.registered("", simple)
	id, token := told["client_id"].(string), told["registration_access_token"].(string)
	if told["client_secret_expires_at"] != float64(begun.Add(10*time.Hour).Unix()) {
		t.Errorf("%v", told["client_secret_expires_at"])
	}
	body := `{"client_id":"` + id + `","redirect_uris":["https://rp.example/cb"]}`
	first := parse(t, w.call(http.MethodPut, "/register/"+id, token, body))
	next, _ := first["registration_access_token"].(string)
	if next == "" || next == token || first["client_secret"] != nil {
		t.Fatalf("%v", first)
	}
	w.wants("the old token", w.call(http.MethodGet, "/register/"+id, token, ""), http.StatusUnauthorized, "invalid_token")
	w.clock.add(6 * time.Hour)
	second := parse(t, w.call(http.MethodPut, "/register/"+id, next, body))
	if s, _ := second["client_secret"].(string); s == "" || s == told["client_secret"] {
		t.Errorf("%v", second)
	}
	if c, _ := w.Clients.Get(id); len(c.Secrets) != 2 {
		t.Errorf("%d secrets", len(c.Secrets))
	}
}

// FuzzRequested: whatever is sent, what passes is a registration that says so
// again.
func FuzzRequested(f *testing.F) {
	f.Add(simple)
	f.Add(`{"jwks":{"keys":[{"kty":"EC"}]},"default_max_age":-1,"Redirect_URIs":["x"]}`)
	f.Add(`{"a":null,"a":1}`)
	f.Fuzz(func(t *testing.T, text string) {
		asked, wrong := client.ParseRequested([]byte(text))
		c, more := asked.Client("app-x", []string{"openid"})
		if len(wrong)+len(more)+len(client.Problems(c)) > 0 {
			return
		}
		if _, err := json.Marshal(client.Answered(c)); err != nil {
			t.Fatal(err)
		}
	})
}
