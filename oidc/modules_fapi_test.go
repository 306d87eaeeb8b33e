package oidc_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

func TestFAPI2SecurityProfilePlan(t *testing.T) { fapiPlan(t, securityProfile) }

func TestFAPI2MessageSigningPlan(t *testing.T) { fapiPlan(t, messageSigning) }

func fapiPlan(t *testing.T, plan string) {
	for _, v := range fapiVariants(plan) {
		t.Run(v.String(), func(t *testing.T) {
			onEveryStore(t, func(t *testing.T, w *world) { fapiModules(newFAPI(t, w, v)).run(w) })
		})
	}
}

// fapiModules are the modules of a run, without the part of their names that is
// common to all.
func fapiModules(f *fapi) modules {
	all := modules{}
	add := func(some modules) {
		for name, run := range some {
			all["fapi2-security-profile-final-"+name] = run
		}
	}
	add(fapiRequestModules(f))
	add(fapiPushedModules(f))
	add(fapiTokenModules(f))
	if f.auth == "private_key_jwt" {
		add(fapiAssertionModules(f))
	}
	if f.bound == "dpop" {
		add(fapiProofModules(f))
	}
	if f.signed {
		add(fapiObjectModules(f))
	}
	return all
}

// fapiRequestModules are about the authorization request and its answer.
func fapiRequestModules(f *fapi) modules {
	succeeds := func(change ...string) func(*testing.T) {
		return func(*testing.T) { f.happy(f.one, change...) }
	}
	// beside has a parameter in the address that differs from the pushed one.
	beside := func(pushed, name string) func(*testing.T) {
		return func(t *testing.T) {
			uri := f.taken(f.par(f.one, f.request(f.one, name, pushed)))
			q := f.visit(f.browser(), f.one, uri, name, "beside-the-request")
			if name == "state" && (q.Get("state") != pushed || q.Has("state") != (pushed != "")) || q.Get("code") == "" {
				t.Fatalf("%v, page %t", q.Values, q.page)
			}
			out := f.tokens(f.one, f.call("/token", f.one, f.redeeming(f.one, q.Get("code"))))
			if id, _ := f.claimsOf(out["id_token"]); name == "nonce" && id["nonce"] != pushed {
				t.Errorf("nonce %v", id["nonce"])
			}
		}
	}
	refused := func(codes []string, change ...string) func(*testing.T) {
		return func(*testing.T) { f.refused(f.par(f.one, f.request(f.one, change...)), codes...) }
	}
	invalid := []string{"invalid_request", "invalid_request_object"}
	noSuchType := []string{"unsupported_response_type", "invalid_request", "unauthorized_client"}
	return modules{
		"discovery-end-point-verification": func(t *testing.T) {
			m := parse(t, f.browser().get("/.well-known/openid-configuration"))
			for name, want := range map[string]any{
				"authorization_response_iss_parameter_supported": true, "pushed_authorization_request_endpoint": f.Issuer + "/par",
				"tls_client_certificate_bound_access_tokens": true, "issuer": f.Issuer,
			} {
				if m[name] != want {
					t.Errorf("%s is %v", name, m[name])
				}
			}
			for name, values := range map[string][]string{
				"response_types_supported": {"code"}, "scopes_supported": {"openid"}, "grant_types_supported": {"authorization_code", "refresh_token"},
				"code_challenge_methods_supported":                 {"S256"},
				"token_endpoint_auth_methods_supported":            {"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"},
				"token_endpoint_auth_signing_alg_values_supported": {"PS256", "ES256", "EdDSA"}, "id_token_signing_alg_values_supported": {"PS256", "ES256", "EdDSA"},
				"dpop_signing_alg_values_supported": {"PS256", "ES256", "EdDSA"}, "request_object_signing_alg_values_supported": {"PS256", "ES256", "EdDSA"},
				"authorization_signing_alg_values_supported": {"PS256", "ES256", "EdDSA"}, "response_modes_supported": {"jwt"}, "acr_values_supported": nil,
			} {
				have, _ := m[name].([]any)
				for _, v := range values {
					found := false
					for _, h := range have {
						found = found || h == v
					}
					if !found {
						t.Errorf("%s is %v, without %s", name, have, v)
					}
				}
				if have == nil {
					t.Errorf("%s is no array", name)
				}
			}
		},
		"happy-flow": func(t *testing.T) {
			first := f.happy(f.one)
			second := f.happy(f.two)
			// The second client's token serves nobody who holds another key.
			if a := f.resource(f.one, second); a.status != http.StatusUnauthorized {
				t.Errorf("a token of the other client: %d %s", a.status, a.body)
			}
			if a := f.resource(f.one, first); a.status != http.StatusOK {
				t.Errorf("its own: %d %s", a.status, a.body)
			}
		},
		"user-rejects-authentication": func(t *testing.T) {
			uri := f.taken(f.par(f.one, f.request(f.one, "prompt", "consent")))
			b := f.browser()
			q := f.arrive(b, b.get(byURI(f.one.id, uri)), "deny")
			if q.Get("error") != "access_denied" || q.Get("state") != "state-of-"+f.one.id || q.Get("iss") != f.Issuer || q.Has("code") {
				t.Errorf("%v, page %t", q.Values, q.page)
			}
		},
		"ensure-authorization-request-without-state-success":      succeeds("state", ""),
		"ensure-authorization-request-without-nonce-success":      succeeds("nonce", ""),
		"ensure-authorization-request-with-64-char-nonce-success": succeeds("nonce", strings.Repeat("0123456789abcdef", 4)),
		"ensure-authorization-request-with-long-nonce":            succeeds("nonce", strings.Repeat("0123456789abcdef", 24)),
		"ensure-authorization-request-with-long-state":            succeeds("state", strings.Repeat("0123456789abcdef", 64)),
		"ensure-other-scope-order-succeeds":                       succeeds("scope", "profile openid"),
		"test-claims-parameter-identity-claims": func(t *testing.T) {
			out := f.happy(f.one, "scope", "openid", "claims", `{"userinfo":{"given_name":{"essential":true}},"id_token":{"family_name":null}}`)
			id, _ := f.claimsOf(out["id_token"])
			if got := parse(t, f.resource(f.one, out)); got["given_name"] != "Ada" || id["family_name"] != "Quill" || got["family_name"] != nil || id["given_name"] != nil {
				t.Errorf("UserInfo %v, ID token %v", got, id)
			}
		},
		"ensure-different-nonce-inside-and-outside-request-object": beside("inside-the-request", "nonce"),
		"ensure-different-state-inside-and-outside-request-object": beside("inside-the-request", "state"),
		"state-only-outside-request-object-not-used":               beside("", "state"),
		"ensure-request-object-without-redirect-uri-fails":         refused(invalid, "redirect_uri", ""),
		"ensure-redirect-uri-in-authorization-request":             refused(invalid, "redirect_uri", ""),
		"plain-fapi-tolerate-unregistered-redirect-uri":            refused(invalid, "redirect_uri", callback+"/unregistered"),
		"ensure-response-type-code-idtoken-fails":                  refused(noSuchType, "response_type", "code id_token"),
		"ensure-response-type-token-fails":                         refused(noSuchType, "response_type", "token"),
		"ensure-unsigned-authorization-request-without-using-par-fails": func(t *testing.T) {
			b := f.browser()
			q := f.arrive(b, b.get("/authorize?"+f.request(f.one).Encode()), "allow")
			if q.Get("error") != "invalid_request" || q.Has("code") || q.Get("state") != "state-of-"+f.one.id || q.Get("iss") != f.Issuer {
				t.Errorf("%v, page %t", q.Values, q.page)
			}
		},
	}
}

// fapiPushedModules are about pushed requests and PKCE.
func fapiPushedModules(f *fapi) modules {
	// over says that a request_uri is worth nothing any more.
	over := func(t *testing.T, q outcome) {
		t.Helper()
		if !q.page && q.Get("error") != "invalid_request_uri" && q.Get("error") != "invalid_request" || q.Has("code") {
			t.Errorf("%v, page %t", q.Values, q.page)
		}
	}
	return modules{
		"par-ensure-reused-request-uri-prior-to-auth-completion-succeeds": func(t *testing.T) {
			uri := f.taken(f.par(f.one, f.request(f.one)))
			b := f.browser()
			if a := b.get(byURI(f.one.id, uri)); a.status != http.StatusSeeOther {
				t.Fatalf("%d %s", a.status, a.body)
			}
			if q := f.visit(b, f.one, uri); q.Get("code") == "" {
				t.Errorf("%v, page %t", q.Values, q.page)
			}
		},
		"par-attempt-reuse-request_uri": func(t *testing.T) {
			uri := f.taken(f.par(f.one, f.request(f.one)))
			f.code(f.one, uri)
			over(t, f.visit(f.browser(), f.one, uri))
		},
		"par-attempt-to-use-expired-request_uri": func(t *testing.T) {
			a := f.par(f.one, f.request(f.one))
			uri := f.taken(a)
			f.clock.add(time.Duration(parse(t, a)["expires_in"].(float64)) * time.Second)
			over(t, f.visit(f.browser(), f.one, uri))
		},
		"par-attempt-to-use-request_uri-for-different-client": func(t *testing.T) {
			over(t, f.visit(f.browser(), f.two, f.taken(f.par(f.one, f.request(f.one)))))
		},
		"par-authorization-request-containing-request_uri-form-param": func(*testing.T) {
			params := f.request(f.one)
			if f.signed {
				params = url.Values{"client_id": {f.one.id}, "request": {f.object(f.one, params, nil)}}
			}
			params.Set("request_uri", "urn:ietf:params:oauth:request_uri:made-up")
			f.refused(f.call("/par", f.one, params), "invalid_request", "invalid_request_object")
		},
		"par-attempt-invalid-http-method": func(t *testing.T) {
			for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
				req, err := http.NewRequestWithContext(context.Background(), method, f.Issuer+"/par?"+f.request(f.one).Encode(), nil)
				if err != nil {
					t.Fatal(err)
				}
				if a := f.send(http.DefaultClient, req); a.status != http.StatusMethodNotAllowed {
					t.Errorf("%s: %d %s", method, a.status, a.body)
				}
			}
		},
		"par-ensure-pkce-required": func(*testing.T) {
			f.refused(f.par(f.one, f.request(f.one, "code_challenge", "", "code_challenge_method", "")), "invalid_request", "invalid_request_object")
		},
		"par-plain-pkce-rejected": func(*testing.T) {
			f.refused(f.par(f.one, f.request(f.one, "code_challenge", verifier, "code_challenge_method", "plain")), "invalid_request", "invalid_request_object")
		},
		"par-without-duplicate-parameters": func(*testing.T) { f.happy(f.one) },
		"ensure-pkce-code-verifier-required": func(*testing.T) {
			f.refused(f.call("/token", f.one, f.redeeming(f.one, f.codeFor(f.one), "code_verifier", "")), "invalid_grant")
		},
		"incorrect-pkce-code-verifier-rejected": func(*testing.T) {
			f.refused(f.call("/token", f.one, f.redeeming(f.one, f.codeFor(f.one), "code_verifier", strings.Repeat("x", 43))), "invalid_grant")
		},
	}
}

// fapiTokenModules are about codes, tokens and what they are bound to.
func fapiTokenModules(f *fapi) modules {
	return modules{
		"access-token-type-header-case-sensitivity": func(t *testing.T) {
			out := f.happy(f.one)
			a := f.resource(f.one, out, func(r *http.Request) {
				scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
				inverted := map[string]string{"DPoP": "dpOp", "Bearer": "bEARER"}[scheme]
				r.Header.Set("Authorization", inverted+" "+token)
			})
			if a.status != http.StatusOK {
				t.Errorf("%d %s", a.status, a.body)
			}
		},
		"ensure-client-id-in-token-endpoint": func(*testing.T) {
			form := f.redeeming(f.one, f.codeFor(f.one), "client_id", f.two.id)
			f.refused(f.call("/token", f.one, form), "invalid_client", "invalid_grant", "invalid_request")
		},
		// TLS itself is the proxy's.
		"ensure-holder-of-key-required": func(*testing.T) {
			form := f.redeeming(f.one, f.codeFor(f.one))
			f.refused(f.call("/token", f.one, form, unproven), "invalid_request", "invalid_grant", "invalid_client", "invalid_dpop_proof")
		},
		"ensure-authorization-code-is-bound-to-client": func(*testing.T) {
			code := f.codeFor(f.one)
			f.refused(f.call("/token", f.two, f.redeeming(f.one, code)), "invalid_grant")
		},
		"attempt-reuse-authorization-code-after-one-second": func(t *testing.T) {
			form := f.redeeming(f.one, f.codeFor(f.one))
			out := f.tokens(f.one, f.call("/token", f.one, form))
			f.clock.add(time.Second)
			f.refused(f.call("/token", f.one, form), "invalid_grant")
			if a := f.resource(f.one, out); a.status != http.StatusUnauthorized {
				t.Errorf("the access token lives: %d", a.status)
			}
		},
		"ensure-token-endpoint-fails-with-expired-auth-code": func(*testing.T) {
			form := f.redeeming(f.one, f.codeFor(f.one))
			f.clock.add(time.Minute)
			f.refused(f.call("/token", f.one, form), "invalid_grant")
		},
		"refresh-token": func(t *testing.T) {
			for _, c := range []fapiClient{f.one, f.two} {
				out := f.happy(c)
				token, _ := out["refresh_token"].(string)
				first, _ := f.claimsOf(out["id_token"])
				if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r > '~' }) {
					t.Fatalf("refresh token %q", token)
				}
				// A key of its own for the new tokens: refresh tokens of clients that
				// authenticate are not bound to one (RFC 9449 section 5).
				fresh := c
				changes := []func(*http.Request){}
				if f.bound == "dpop" {
					fresh.key = newClientKey()
					changes = append(changes, f.proof(fresh.key, "/token", nil))
				}
				f.clock.add(time.Second)
				for range 2 { // not rotated, or the one before still serves
					again := f.tokens(c, f.call("/token", c, refreshing(token), changes...))
					second, _ := f.claimsOf(again["id_token"])
					for _, name := range []string{"iss", "sub", "aud", "auth_time", "azp"} {
						if first[name] != second[name] {
							t.Errorf("%s was %v, is %v", name, first[name], second[name])
						}
					}
					if second["iat"].(float64) <= first["iat"].(float64) {
						t.Errorf("iat was %v, is %v", first["iat"], second["iat"])
					}
					if a := f.resource(fresh, again); a.status != http.StatusOK {
						t.Errorf("the new access token: %d %s", a.status, a.body)
					}
					f.clock.add(30 * time.Second)
				}
				unauthenticated := refreshing(token, "client_id", c.id, "client_assertion", "")
				if f.auth == "mtls" {
					f.refused(f.call("/token", c, unauthenticated, func(r *http.Request) { r.Header.Del("Client-Cert") }), "invalid_client")
				} else {
					f.refused(f.call("/token", c, unauthenticated), "invalid_client")
				}
				f.refused(f.call("/token", c, refreshing(token), unproven), "invalid_request", "invalid_grant", "invalid_client", "invalid_dpop_proof")
				other := f.one
				if c.id == other.id {
					other = f.two
				}
				f.refused(f.call("/token", other, refreshing(token)), "invalid_grant")
			}
		},
	}
}

// fapiAssertionModules are about client assertions.
func fapiAssertionModules(f *fapi) modules {
	token := func(change map[string]any) func(*testing.T) {
		return func(*testing.T) {
			form := f.redeeming(f.one, f.codeFor(f.one), "client_id", f.one.id)
			form.Set("client_assertion", f.one.key.assertion(f.world, f.one.id, change))
			f.refused(f.call("/token", f.one, form), "invalid_client")
		}
	}
	// pushed is the answer to a push with a changed assertion.
	pushed := func(change map[string]any) answer {
		params := f.request(f.one)
		if f.signed {
			params = url.Values{"client_id": {f.one.id}, "request": {f.object(f.one, params, nil)}}
		}
		params.Set("client_assertion", f.one.key.assertion(f.world, f.one.id, change))
		return f.call("/par", f.one, params)
	}
	times := func(ahead int64) map[string]any {
		at := f.clock.now().Unix() + ahead
		return map[string]any{"iat": at, "nbf": at, "exp": at + 60}
	}
	// The server's addresses are known when the test runs.
	addressed := func(aud func() any) func(*testing.T) {
		return func(*testing.T) { f.refused(pushed(map[string]any{"aud": aud()}), "invalid_client") }
	}
	return modules{
		"ensure-signed-client-assertion-with-RS256-fails": func(*testing.T) {
			now := f.clock.now().Unix()
			form := f.redeeming(f.one, f.codeFor(f.one), "client_id", f.one.id)
			form.Set("client_assertion", signedAs(jose.RS256, rsaKey(), "JWT", false, map[string]any{
				"iss": f.one.id, "sub": f.one.id, "aud": f.Issuer, "iat": now, "exp": now + 60, "jti": "rs256",
			}))
			f.refused(f.call("/token", f.one, form), "invalid_client")
			// The key itself is good.
			form.Set("client_assertion", signedAs(jose.PS256, rsaKey(), "JWT", false, map[string]any{
				"iss": f.one.id, "sub": f.one.id, "aud": f.Issuer, "iat": now, "exp": now + 60, "jti": "ps256",
			}))
			f.tokens(f.one, f.call("/token", f.one, form))
		},
		"ensure-client-assertion-in-token-endpoint": func(*testing.T) {
			form := f.redeeming(f.one, f.codeFor(f.one), "client_id", f.one.id)
			form.Set("client_assertion", "")
			f.refused(f.call("/token", f.one, form), "invalid_client")
		},
		"ensure-client-assertion-with-exp-is-5-minutes-in-past-fails": func(t *testing.T) {
			token(map[string]any{"exp": f.clock.now().Unix() - 300})(t)
		},
		"ensure-client-assertion-with-wrong-aud-fails": token(map[string]any{"aud": "https://other.example"}),
		"ensure-client-assertion-with-no-sub-fails":    token(map[string]any{"sub": nil}),
		"par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted": func(*testing.T) {
			f.code(f.one, f.taken(pushed(times(8))))
		},
		"par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails": func(*testing.T) {
			f.refused(pushed(times(65)), "invalid_client")
		},
		"par-test-array-as-audience-fails":              addressed(func() any { return []string{f.Issuer, f.Issuer + "/par"} }),
		"par-test-par-endpoint-url-as-audience-fails":   addressed(func() any { return f.Issuer + "/par" }),
		"par-test-token-endpoint-url-as-audience-fails": addressed(func() any { return f.Issuer + "/token" }),
	}
}

// fapiProofModules are about DPoP.
func fapiProofModules(f *fapi) modules {
	// skewed completes a flow whose proofs have a changed iat.
	skewed := func(by int64) func(*testing.T) {
		return func(t *testing.T) {
			changed := func(path string) func(*http.Request) {
				return f.proof(f.one.key, path, map[string]any{"iat": f.clock.now().Unix() + by})
			}
			code := f.code(f.one, f.taken(f.par(f.one, f.request(f.one), changed("/par"))))
			out := f.tokens(f.one, f.call("/token", f.one, f.redeeming(f.one, code), changed("/token")))
			token, _ := out["access_token"].(string)
			if a := f.resource(f.one, out, func(r *http.Request) {
				r.Header.Set("DPoP", f.one.key.proof(f.world, "GET", "/userinfo", token, map[string]any{"iat": f.clock.now().Unix() + by}))
			}); a.status != http.StatusOK {
				t.Errorf("resource: %d %s", a.status, a.body)
			}
		}
	}
	mismatch := []string{"invalid_grant", "invalid_dpop_proof"}
	return modules{
		"check-dpop-proof-nbf-exp": func(t *testing.T) {
			now := f.clock.now().Unix()
			extra := map[string]any{"nbf": now - 10, "exp": now + 300}
			code := f.code(f.one, f.taken(f.par(f.one, f.request(f.one), f.proof(f.one.key, "/par", extra))))
			out := f.tokens(f.one, f.call("/token", f.one, f.redeeming(f.one, code), f.proof(f.one.key, "/token", extra)))
			token, _ := out["access_token"].(string)
			if a := f.resource(f.one, out, func(r *http.Request) {
				r.Header.Set("DPoP", f.one.key.proof(f.world, "GET", "/userinfo", token, extra))
			}); a.status != http.StatusOK {
				t.Errorf("resource: %d %s", a.status, a.body)
			}
		},
		"ensure-dpopproof-with-iat-10seconds-before-succeeds": skewed(-10),
		"ensure-dpopproof-with-iat-10seconds-after-succeeds":  skewed(10),
		"ensure-mismatched-dpop-jkt-fails": func(*testing.T) {
			a := f.par(f.one, f.request(f.one, "dpop_jkt", otherKey.thumbprint()), f.proof(f.one.key, "/par", nil))
			f.refused(a, "invalid_request", "invalid_dpop_proof", "invalid_request_object")
		},
		"ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt": func(*testing.T) {
			code := f.code(f.one, f.taken(f.par(f.one, f.request(f.one), f.proof(f.one.key, "/par", nil))))
			f.refused(f.call("/token", f.one, f.redeeming(f.one, code), f.proof(otherKey, "/token", nil)), mismatch...)
		},
		"ensure-token-endpoint-fails-with-mismatched-dpop-jkt": func(*testing.T) {
			code := f.codeFor(f.one, "dpop_jkt", otherKey.thumbprint())
			f.refused(f.call("/token", f.one, f.redeeming(f.one, code)), mismatch...)
		},
		"ensure-dpopproof-at-par-endpoint-binding-success": func(*testing.T) {
			code := f.code(f.one, f.taken(f.par(f.one, f.request(f.one), f.proof(f.one.key, "/par", nil))))
			f.tokens(f.one, f.call("/token", f.one, f.redeeming(f.one, code)))
		},
		"ensure-dpop-auth-code-binding-success": func(*testing.T) {
			params := f.request(f.one, "dpop_jkt", f.one.key.thumbprint())
			code := f.code(f.one, f.taken(f.par(f.one, params, f.proof(f.one.key, "/par", nil))))
			f.tokens(f.one, f.call("/token", f.one, f.redeeming(f.one, code)))
		},
		"dpop-negative-tests": f.badProofs,
	}
}

// badProofs asks the resource with everything that is no proof.
func (f *fapi) badProofs(t *testing.T) {
	out := f.happy(f.one)
	token, _ := out["access_token"].(string)
	now := f.clock.now().Unix()
	key := f.one.key
	proof := func(pairs ...any) string {
		change := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			change[pairs[i].(string)] = pairs[i+1]
		}
		return key.proof(f.world, "GET", "/userinfo", token, change)
	}
	good := func() map[string]any {
		part, err := base64.RawURLEncoding.DecodeString(strings.Split(proof(), ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		var claims map[string]any
		if err := json.Unmarshal(part, &claims); err != nil {
			t.Fatal(err)
		}
		return claims
	}
	// headed is a proof under a header of ours, with the signature of another.
	headed := func(header string) string {
		parts := strings.Split(proof(), ".")
		return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + parts[1] + "." + parts[2]
	}
	jwk, err := json.Marshal(key.jwk())
	if err != nil {
		t.Fatal(err)
	}
	whole, err := json.Marshal(jose.JSONWebKey{Key: key.private})
	if err != nil {
		t.Fatal(err)
	}
	with := func(proofs ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header["Dpop"] = proofs }
	}
	broken := proof()
	broken = broken[:len(broken)-8] + "AAAAAAAA"
	unsigned := headed(`{"typ":"dpop+jwt","alg":"none","jwk":` + string(jwk) + `}`)
	for name, change := range map[string]func(*http.Request){
		"several":             with(proof(), proof()),
		"no JWT":              with("not.a.jwt"),
		"no typ":              with(headed(`{"alg":"ES256","jwk":` + string(jwk) + `}`)),
		"no alg":              with(headed(`{"typ":"dpop+jwt","jwk":` + string(jwk) + `}`)),
		"no jwk":              with(key.sign("dpop+jwt", false, good())),
		"no jti":              with(proof("jti", nil)),
		"no htm":              with(proof("htm", nil)),
		"no htu":              with(proof("htu", nil)),
		"no iat":              with(proof("iat", nil)),
		"no ath":              with(proof("ath", nil)),
		"another typ":         with(key.sign("JWT", true, good())),
		"RS256":               with(signedAs(jose.RS256, rsaKey(), "dpop+jwt", true, good())),
		"alg none":            with(unsigned[:strings.LastIndex(unsigned, ".")+1]),
		"wrong signature":     with(broken),
		"a private key":       with(headed(`{"typ":"dpop+jwt","alg":"ES256","jwk":` + string(whole) + `}`)),
		"another method":      with(proof("htm", "PUT")),
		"another address":     with(proof("htu", "https://other.example/userinfo")),
		"an hour ahead":       with(proof("iat", now+3600)),
		"an hour ago":         with(proof("iat", now-3600)),
		"another ath":         with(proof("ath", base64.RawURLEncoding.EncodeToString(hash("another")))),
		"another key":         with(otherKey.proof(f.world, "GET", "/userinfo", token, nil)),
		"none":                with(),
		"none, as a bearer":   func(r *http.Request) { r.Header.Del("DPoP"); r.Header.Set("Authorization", "Bearer "+token) },
		"in the address":      func(r *http.Request) { r.Header.Del("Authorization"); r.URL.RawQuery = "access_token=" + token },
		"a bearer with proof": func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) },
	} {
		if a := f.resource(f.one, out, change); a.status != http.StatusBadRequest && a.status != http.StatusUnauthorized || a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	for name, change := range map[string]func(*http.Request){
		"in capitals":          func(r *http.Request) { r.Header["DPOP"] = r.Header["Dpop"]; delete(r.Header, "Dpop") },
		"query and fragment":   with(proof("htu", f.Issuer+"/userinfo?a=1#b")),
		"the address's query":  func(r *http.Request) { r.URL.RawQuery = "a=1" },
		"further claims":       with(proof("extra", "x")),
		"the host in capitals": with(proof("htu", strings.ToUpper(f.Issuer)+"/userinfo")),
		"a good one":           with(proof()),
	} {
		if a := f.resource(f.one, out, change); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	once := with(proof("jti", "only-once"))
	if a := f.resource(f.one, out, once); a.status != http.StatusOK {
		t.Errorf("first use: %d", a.status)
	}
	if a := f.resource(f.one, out, once); a.status != http.StatusUnauthorized {
		t.Errorf("second use: %d", a.status)
	}
}

// fapiObjectModules are about signed request objects (FAPI 2.0 Message Signing
// section 5.3).
func fapiObjectModules(f *fapi) modules {
	push := func(object string) answer {
		return f.call("/par", f.one, url.Values{"client_id": {f.one.id}, "request": {object}})
	}
	// changed is a request object with other claims, of which it is known when
	// the test runs when that is.
	changed := func(change func(now int64) map[string]any) string {
		return f.object(f.one, f.request(f.one), change(f.clock.now().Unix()))
	}
	refused := func(object func() string) func(*testing.T) {
		return func(*testing.T) { f.refused(push(object()), "invalid_request_object", "invalid_request") }
	}
	refusedWith := func(change func(now int64) map[string]any) func(*testing.T) {
		return refused(func() string { return changed(change) })
	}
	type claims = map[string]any
	return modules{
		"ensure-request-object-with-multiple-aud-succeeds": func(*testing.T) {
			f.code(f.one, f.taken(push(changed(func(int64) claims { return claims{"aud": []string{"https://other.example", f.Issuer}} }))))
		},
		"ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted": func(*testing.T) {
			f.code(f.one, f.taken(push(changed(func(now int64) claims { return claims{"nbf": now + 8} }))))
		},
		"ensure-request-object-without-exp-fails":      refusedWith(func(int64) claims { return claims{"exp": nil} }),
		"ensure-request-object-without-nbf-fails":      refusedWith(func(int64) claims { return claims{"nbf": nil} }),
		"ensure-expired-request-object-fails":          refusedWith(func(now int64) claims { return claims{"exp": now - 300} }),
		"ensure-request-object-with-bad-aud-fails":     refusedWith(func(int64) claims { return claims{"aud": "https://other.example"} }),
		"ensure-request-object-with-exp-over-60-fails": refusedWith(func(now int64) claims { return claims{"exp": now + 70*60} }),
		"ensure-request-object-with-nbf-over-60-fails": refusedWith(func(now int64) claims { return claims{"nbf": now - 70*60} }),
		"ensure-signed-request-object-with-RS256-fails": refused(func() string {
			return signedAs(jose.RS256, rsaKey(), "oauth-authz-req+jwt", false, f.objectClaims(f.one, f.request(f.one), nil))
		}),
		"ensure-request-object-signature-algorithm-is-not-none": refused(func() string {
			payload := strings.Split(f.object(f.one, f.request(f.one), nil), ".")[1]
			return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + payload + "."
		}),
		"ensure-request-object-with-invalid-signature-fails": refused(func() string {
			text := f.object(f.one, f.request(f.one), nil)
			return text[:len(text)-8] + "AAAAAAAA"
		}),
		"ensure-matching-key-in-authorization-request": refused(func() string {
			return f.two.key.sign("oauth-authz-req+jwt", false, f.objectClaims(f.one, f.request(f.one), nil))
		}),
		"ensure-unsigned-request-at-par-endpoint-fails": func(*testing.T) {
			f.refused(f.call("/par", f.one, f.request(f.one)), "invalid_request", "invalid_request_object")
		},
		"par-authorization-request-containing-request_uri": refusedWith(func(int64) claims {
			return claims{"request_uri": "urn:ietf:params:oauth:request_uri:made-up"}
		}),
	}
}
