package oidc_test

import (
	"context"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// The tests of this file bear the names of the modules of the OpenID
// Foundation's conformance suite, and check what each of them checks.

// plan is one run of a plan: a world, and how answers come back.
type plan struct {
	*world
	mode string // response_mode, or empty
}

var hiddenField = regexp.MustCompile(`name="([^"]+)" value="([^"]*)"`)

// answerOf is the answer to an authorization request, whichever way it came.
func (p plan) answerOf(b *browser, a answer) url.Values {
	p.t.Helper()
	for range 8 {
		if a.status == http.StatusOK && strings.Contains(a.body, `method="post" action="`+callback) {
			fields := url.Values{}
			for _, m := range hiddenField.FindAllStringSubmatch(a.body, -1) {
				fields.Set(m[1], html.UnescapeString(m[2]))
			}
			return fields
		}
		to := a.location(p.t)
		switch {
		case to.IsAbs():
			return to.Query()
		case strings.HasSuffix(to.Path, "/sign-in"), strings.HasSuffix(to.Path, "/consent"):
			a = b.do(http.MethodPost, to.String(), url.Values{"answer": {"allow"}})
		default:
			a = b.get(to.String())
		}
	}
	p.t.Fatal("round and round")
	return nil
}

func (p plan) ask(b *browser, change ...string) url.Values {
	p.t.Helper()
	if p.mode != "" {
		change = append(change, "response_mode", p.mode)
	}
	return p.answerOf(b, b.get(ask("portal", change...)))
}

// happy completes a flow and checks what every module checks of it.
func (p plan) happy(t *testing.T, b *browser, change ...string) map[string]any {
	t.Helper()
	q := p.ask(b, change...)
	if q.Get("code") == "" || q.Get("iss") != p.Issuer || q.Get("state") != "st-portal" {
		t.Fatalf("authorization response %v", q)
	}
	status, out, header := p.redeem("portal", exchange(q.Get("code")))
	id, _ := p.claimsOf(out["id_token"])
	if status != http.StatusOK || !strings.EqualFold(out["token_type"].(string), "bearer") || header.Get("Cache-Control") != "no-store" ||
		id["iss"] != p.Issuer || id["aud"] != "portal" || id["sub"] != p.person.Subject || id["at_hash"] == nil || id["auth_time"] == nil {
		t.Fatalf("%d %v %v", status, out, id)
	}
	return out
}

// asksAgain says that a request leads to the sign-in page although somebody is
// signed in.
func (p plan) asksAgain(t *testing.T, b *browser, change ...string) bool {
	t.Helper()
	a := b.get(ask("portal", change...))
	return a.status == http.StatusSeeOther && strings.HasSuffix(a.location(t).Path, "/sign-in")
}

func TestBasicPlan(t *testing.T) {
	onEveryStore(t, func(_ *testing.T, w *world) {
		w.complete()
		basicModules(w, "").run(w)
	})
}

func TestFormPostBasicPlan(t *testing.T) {
	onEveryStore(t, func(_ *testing.T, w *world) {
		w.complete()
		basicModules(w, "form_post").run(w)
	})
}

func basicModules(w *world, mode string) modules {
	p := plan{w, mode}
	info := func(t *testing.T, out map[string]any) map[string]any {
		t.Helper()
		a := w.userinfo(out["access_token"].(string))
		if a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		return parse(t, a)
	}
	succeeds := func(change ...string) func(*testing.T) {
		return func(t *testing.T) { p.happy(t, w.browser(), change...) }
	}
	scope := func(scope string, claims ...string) func(*testing.T) {
		return func(t *testing.T) {
			got := info(t, p.happy(t, w.browser(), "scope", "openid "+scope))
			for _, name := range claims {
				if got[name] == nil {
					t.Errorf("%s is missing: %v", name, got)
				}
			}
		}
	}
	return modules{
		"oidcc-server": func(t *testing.T) {
			out := p.happy(t, w.browser())
			if got := info(t, out); got["sub"] != w.person.Subject {
				t.Errorf("%v", got)
			}
		},
		"oidcc-response-type-missing": func(t *testing.T) {
			if q := p.ask(w.browser(), "response_type", ""); q.Get("error") != "unsupported_response_type" && q.Get("error") != "invalid_request" || q.Get("state") == "" {
				t.Errorf("%v", q)
			}
		},
		"oidcc-userinfo-get": func(t *testing.T) { info(t, p.happy(t, w.browser())) },
		"oidcc-userinfo-post-header": func(t *testing.T) {
			token := p.happy(t, w.browser())["access_token"].(string)
			if a := w.bearer("POST", "/userinfo", "Bearer "+token, nil); a.status != http.StatusOK {
				t.Errorf("%d %s", a.status, a.body)
			}
		},
		"oidcc-userinfo-post-body": func(t *testing.T) {
			token := p.happy(t, w.browser())["access_token"].(string)
			if a := w.bearer("POST", "/userinfo", "", url.Values{"access_token": {token}}); a.status != http.StatusOK {
				t.Errorf("%d %s", a.status, a.body)
			}
		},
		"oidcc-ensure-request-without-nonce-succeeds-for-code-flow": func(t *testing.T) {
			id, _ := w.claimsOf(p.happy(t, w.browser(), "nonce", "")["id_token"])
			if id["nonce"] != nil {
				t.Errorf("%v", id)
			}
		},
		"oidcc-scope-profile": scope("profile", "name", "given_name", "family_name", "preferred_username", "updated_at"),
		"oidcc-scope-email":   scope("email", "email", "email_verified"),
		"oidcc-scope-address": scope("address", "address"),
		"oidcc-scope-phone":   scope("phone", "phone_number", "phone_number_verified"),
		"oidcc-scope-all":     scope("address email phone profile", "name", "email", "address", "phone_number"),
		"oidcc-alternate-happy-flow": func(t *testing.T) {
			out := p.happy(t, w.browser(), "scope", "profile openid")
			if out["id_token"] == nil {
				t.Errorf("%v", out)
			}
		},
		"oidcc-display-page":  succeeds("display", "page"),
		"oidcc-display-popup": succeeds("display", "popup"),
		"oidcc-prompt-login": func(t *testing.T) {
			b := w.browser()
			first, _ := w.claimsOf(p.happy(t, b)["id_token"])
			w.clock.add(2 * time.Second)
			second, _ := w.claimsOf(p.happy(t, b, "prompt", "login")["id_token"])
			if second["auth_time"].(float64) <= first["auth_time"].(float64) || second["sub"] != first["sub"] {
				t.Errorf("%v then %v", first, second)
			}
		},
		"oidcc-prompt-none-not-logged-in": func(t *testing.T) {
			if q := p.ask(w.browser(), "prompt", "none"); q.Get("error") != "login_required" {
				t.Errorf("%v", q)
			}
		},
		"oidcc-prompt-none-logged-in": func(t *testing.T) {
			b := w.browser()
			first, _ := w.claimsOf(p.happy(t, b)["id_token"])
			w.clock.add(2 * time.Second)
			second, _ := w.claimsOf(p.happy(t, b, "prompt", "none")["id_token"])
			if second["auth_time"] != first["auth_time"] || second["sub"] != first["sub"] {
				t.Errorf("%v then %v", first, second)
			}
		},
		"oidcc-max-age-1": func(t *testing.T) {
			b := w.browser()
			p.happy(t, b)
			w.clock.add(2 * time.Second)
			if !p.asksAgain(t, b, "max_age", "1") {
				t.Error("not asked to sign in again")
			}
		},
		"oidcc-max-age-10000": func(t *testing.T) {
			b := w.browser()
			first, _ := w.claimsOf(p.happy(t, b, "max_age", "15000")["id_token"])
			second, _ := w.claimsOf(p.happy(t, b, "max_age", "10000", "prompt", "none")["id_token"])
			if first["auth_time"] == nil || second["auth_time"] != first["auth_time"] {
				t.Errorf("%v then %v", first, second)
			}
		},
		"oidcc-ensure-request-with-unknown-parameter-succeeds": succeeds("extra", "foobar"),
		"oidcc-id-token-hint": func(t *testing.T) {
			b := w.browser()
			hint := p.happy(t, b)["id_token"].(string)
			p.happy(t, b, "prompt", "none", "id_token_hint", hint)
		},
		"oidcc-login-hint":     succeeds("login_hint", "buffy@example.org"),
		"oidcc-ui-locales":     succeeds("ui_locales", "se"),
		"oidcc-claims-locales": succeeds("claims_locales", "se"),
		"oidcc-ensure-request-with-acr-values-succeeds": func(t *testing.T) {
			offered := w.Describe().ACRValuesSupported
			id, _ := w.claimsOf(p.happy(t, w.browser(), "acr_values", strings.Join(offered, " "))["id_token"])
			if !slices.Contains(offered, id["acr"].(string)) {
				t.Errorf("%v", id)
			}
		},
		"oidcc-codereuse":           func(t *testing.T) { p.reuse(t, 0) },
		"oidcc-codereuse-30seconds": func(t *testing.T) { p.reuse(t, 30*time.Second) },
		"oidcc-ensure-registered-redirect-uri": func(t *testing.T) {
			if a := w.browser().get(ask("portal", "redirect_uri", "https://rp.example/other")); a.status != http.StatusBadRequest || a.header.Get("Location") != "" {
				t.Errorf("%d %v", a.status, a.header)
			}
		},
		"oidcc-ensure-post-request-succeeds": func(t *testing.T) {
			b := w.browser()
			u, err := url.Parse(ask("portal", "response_mode", mode))
			if err != nil {
				t.Fatal(err)
			}
			if q := p.answerOf(b, b.do(http.MethodPost, "/authorize", u.Query())); q.Get("code") == "" {
				t.Errorf("%v", q)
			}
		},
		"oidcc-server-client-secret-post": func(t *testing.T) {
			b := w.browser()
			if status, out, _ := w.redeem("post", exchange(b.code("post"))); status != http.StatusOK {
				t.Errorf("%d %v", status, out)
			}
		},
		"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported": func(t *testing.T) {
			unsigned := "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(`{"client_id":"portal"}`)) + "."
			if q := p.ask(w.browser(), "request", unsigned); q.Get("error") != "invalid_request_object" && q.Get("error") != "request_not_supported" {
				t.Errorf("%v", q)
			}
		},
		"oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported": func(t *testing.T) {
			if q := p.ask(w.browser(), "request_uri", "https://rp.example/request.jwt"); q.Get("error") != "request_uri_not_supported" {
				t.Errorf("%v", q)
			}
		},
		"oidcc-claims-essential": func(t *testing.T) {
			got := info(t, p.happy(t, w.browser(), "scope", "openid", "claims", `{"userinfo":{"name":{"essential":true}}}`))
			if got["name"] == nil {
				t.Errorf("%v", got)
			}
		},
		"oidcc-ensure-request-object-with-redirect-uri": func(t *testing.T) {
			object := bankKey.sign("JWT", false, map[string]any{"client_id": "portal", "redirect_uri": callback + "?tenant=a"})
			if q := p.ask(w.browser(), "request", object); q.Get("code") != "" || q.Get("error") == "" {
				t.Errorf("%v", q) // portal has no keys: nothing that it signs can be believed
			}
		},
		"oidcc-refresh-token": func(t *testing.T) {
			out := p.happy(t, w.browser())
			first, _ := w.claimsOf(out["id_token"])
			refresh := out["refresh_token"].(string)
			status, out, _ := w.redeem("portal", refreshing(refresh))
			second, _ := w.claimsOf(out["id_token"])
			if status != http.StatusOK || second["sub"] != first["sub"] || second["iss"] != first["iss"] || second["auth_time"] != first["auth_time"] || second["nonce"] != nil {
				t.Errorf("%d %v", status, second)
			}
			if status, out, _ := w.redeem("post", refreshing(out["refresh_token"].(string))); status == http.StatusOK || out["error"] != "invalid_grant" {
				t.Errorf("of another client: %d %v", status, out)
			}
		},
		"oidcc-ensure-request-with-valid-pkce-succeeds": succeeds(),
	}
}

// complete gives Ada every standard claim, and the portal every scope.
func (w *world) complete() {
	w.t.Helper()
	ctx := context.Background()
	if err := w.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := w.People.Seal(&w.person, person.Profile{
			UserID: "aquill", GivenName: "Ada", MiddleName: "B", FamilyName: "Quill", Email: "ada@example.org", Phone: "+1 555 0100",
			Address: person.Address{Street: "1 Quay", City: "Cove", State: "OH", PostalCode: "44101"},
		}); err != nil {
			return err
		}
		now, err := tx.People().Get(ctx, w.person.ID)
		if err != nil {
			return err
		}
		w.person.Version = now.Version
		if err := tx.People().Update(ctx, w.person); err != nil {
			return err
		}
		c, err := tx.Clients().Get(ctx, "portal")
		if err != nil {
			return err
		}
		c.Scopes, c.UpdatedAt = []string{"openid", "profile", "email", "phone", "address"}, begun.Add(time.Second)
		return tx.Clients().Update(ctx, c)
	}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Clients.Reload(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// reuse redeems a code twice; what the first redemption brought is dead then.
func (p plan) reuse(t *testing.T, after time.Duration) {
	t.Helper()
	code := p.ask(p.browser()).Get("code")
	_, out, _ := p.redeem("portal", exchange(code))
	p.clock.add(after)
	if status, again, _ := p.redeem("portal", exchange(code)); status != http.StatusBadRequest || again["error"] != "invalid_grant" {
		t.Errorf("%d %v", status, again)
	}
	if a := p.userinfo(out["access_token"].(string)); a.status != http.StatusUnauthorized {
		t.Errorf("the first access token lives: %d", a.status)
	}
}

func TestConfigPlan(t *testing.T) {
	onEveryStore(t, func(_ *testing.T, w *world) { configModules(w).run(w) })
}

func configModules(w *world) modules {
	return modules{
		"oidcc-discovery-endpoint-verification": func(t *testing.T) {
			m := parse(t, w.browser().get("/.well-known/openid-configuration"))
			if m["issuer"] != w.Issuer {
				t.Errorf("%v", m["issuer"])
			}
			for _, name := range []string{
				"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "response_types_supported", "subject_types_supported",
				"id_token_signing_alg_values_supported", "scopes_supported", "claims_supported", "grant_types_supported",
			} {
				if m[name] == nil {
					t.Errorf("%s is missing", name)
				}
			}
			if algs, _ := m["id_token_signing_alg_values_supported"].([]any); !slices.Contains(algs, any("RS256")) {
				t.Errorf("%v", algs)
			}
			if m["request_uri_parameter_supported"] != false {
				t.Error("request_uri_parameter_supported has the default true where it is absent")
			}
		},
	}
}

func TestRPInitiatedLogoutPlan(t *testing.T) {
	onEveryStore(t, func(_ *testing.T, w *world) { rpInitiatedLogoutModules(w).run(w) })
}

func rpInitiatedLogoutModules(w *world) modules {
	type query = map[string]string
	// out goes to the endpoint after a sign-in, and returns the answer and
	// whether the browser is still signed in.
	out := func(t *testing.T, change func(hint string) query) (answer, bool) {
		t.Helper()
		b := w.browser()
		hint := b.tokens("portal")["id_token"].(string)
		q := url.Values{}
		for name, value := range change(hint) {
			q.Set(name, value)
		}
		a := b.get("/end-session?" + q.Encode())
		return a, b.get(ask("portal", "prompt", "none")).location(t).Query().Get("code") != ""
	}
	refused := func(change func(hint string) query) func(*testing.T) {
		return func(t *testing.T) {
			a, still := out(t, change)
			if a.status == http.StatusSeeOther && a.location(t).Host == "rp.example" || !still {
				t.Errorf("%d %v, signed in %t", a.status, a.header, still)
			}
		}
	}
	returned := func(state string) func(*testing.T) {
		return func(t *testing.T) {
			a, still := out(t, func(hint string) query {
				return query{"id_token_hint": hint, "post_logout_redirect_uri": goodbye, "state": state}
			})
			if to := a.location(t); to.Host != "rp.example" || to.Query().Get("state") != state || to.Query().Has("state") != (state != "") || still {
				t.Errorf("%s, signed in %t", to, still)
			}
		}
	}
	asked := func(change func(hint string) query) func(*testing.T) {
		return func(t *testing.T) {
			a, _ := out(t, change)
			if to := a.location(t); to.Path != "/sign-out" && to.Path != "/signed-out" {
				t.Errorf("%s", to)
			}
		}
	}
	return modules{
		"oidcc-rp-initiated-logout-discovery-endpoint-verification": func(t *testing.T) {
			if w.Describe().EndSessionEndpoint != w.Issuer+"/end-session" {
				t.Error(w.Describe().EndSessionEndpoint)
			}
		},
		"oidcc-rp-initiated-logout":          returned("a-state"),
		"oidcc-rp-initiated-logout-no-state": returned(""),
		"oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": refused(func(hint string) query {
			return query{"id_token_hint": hint, "post_logout_redirect_uri": "https://rp.example/unregistered"}
		}),
		"oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": refused(func(hint string) query {
			return query{"id_token_hint": hint, "post_logout_redirect_uri": goodbye + "&foo=bar"}
		}),
		"oidcc-rp-initiated-logout-modified-id-token-hint": refused(func(hint string) query {
			return query{"id_token_hint": "eyJhbGciOiJub25lIn0." + strings.Split(hint, ".")[1] + ".", "post_logout_redirect_uri": goodbye}
		}),
		"oidcc-rp-initiated-logout-bad-id-token-hint": refused(func(string) query {
			return query{"id_token_hint": bankKey.sign("JWT", false, map[string]any{"iss": w.Issuer, "aud": "portal", "sub": "x"}), "post_logout_redirect_uri": goodbye}
		}),
		"oidcc-rp-initiated-logout-no-id-token-hint": refused(func(string) query { return query{"post_logout_redirect_uri": goodbye, "state": "s"} }),
		"oidcc-rp-initiated-logout-no-params":        asked(func(string) query { return nil }),
		"oidcc-rp-initiated-logout-only-state":       asked(func(string) query { return query{"state": "s"} }),
		"oidcc-rp-initiated-logout-no-post-logout-redirect-uri": func(t *testing.T) {
			a, still := out(t, func(hint string) query { return query{"id_token_hint": hint} })
			if to := a.location(t); to.Path != "/signed-out" || still {
				t.Errorf("%s, signed in %t", to, still)
			}
		},
	}
}

func TestBackChannelLogoutPlan(t *testing.T) {
	onEveryStore(t, func(_ *testing.T, w *world) { backChannelLogoutModules(w).run(w) })
}

func backChannelLogoutModules(w *world) modules {
	return modules{
		"oidcc-backchannel-logout-discovery-endpoint-verification": func(t *testing.T) {
			if m := w.Describe(); !m.BackchannelLogoutSupported || !m.BackchannelLogoutSessionSupported || m.EndSessionEndpoint == "" {
				t.Errorf("%+v", m)
			}
		},
		"oidcc-backchannel-rp-initiated-logout": func(t *testing.T) {
			l := newListener(t)
			register(t, w, l.client("suite"))
			b := w.browser()
			hint := b.tokens("suite")["id_token"].(string)
			a := b.get("/end-session?" + url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {goodbye}}.Encode())
			heard := l.heard()
			if a.location(t).Host != "rp.example" || len(heard) != 1 {
				t.Fatalf("%v, heard %d times", a.header, len(heard))
			}
			id, _ := w.claimsOf(hint)
			claims, _ := w.claimsOf(heard[0])
			if claims["sub"] != id["sub"] || claims["sid"] != id["sid"] || claims["aud"] != "suite" || claims["nonce"] != nil {
				t.Errorf("%v", claims)
			}
			if ledgerOf(w, id["sid"], "suite").State != storage.LogoutDelivered {
				t.Error("not noted as delivered")
			}
		},
	}
}
