package oidc_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/storage"
)

// variant is what the plans of FAPI 2.0 leave open.
type variant struct {
	// auth is how clients authenticate, private_key_jwt or mtls; bound is what
	// their tokens are bound to, dpop or mtls.
	auth, bound string
	// signed says that requests are signed objects, and answers signed (JAR,
	// JARM).
	signed bool
}

func (v variant) String() string {
	s := v.auth + "," + v.bound
	if v.signed {
		s += ",signed,jarm"
	}
	return s
}

// is says that the variant has a property that modules may be only for.
func (v variant) is(property string) bool { return v.auth == property || v.bound == property }

// fapiClient is one of the two clients of a run.
type fapiClient struct {
	id, redirectURI, certificate string
	key                          clientKey
}

// fapi is a run of a plan of FAPI 2.0.
type fapi struct {
	*world
	variant
	one, two fapiClient
}

// secondKey is the key of the second client.
var secondKey = newClientKey()

// rsaKey is registered for both clients beside their own, for what must not be
// signed with it.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func newFAPI(t *testing.T, w *world, v variant) *fapi {
	t.Helper()
	f := &fapi{world: w, variant: v}
	enlist := func(id, redirectURI string, key clientKey) fapiClient {
		set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.jwk(), {Key: rsaKey().Public(), KeyID: "rsa", Use: "sig"}}})
		if err != nil {
			t.Fatal(err)
		}
		c := storage.Client{
			ID: id, Name: id, Profile: client.ProfileFAPI2, AuthMethod: client.AuthPrivateKey, JWKS: set, RedirectURIs: []string{redirectURI},
			GrantTypes: []string{"authorization_code", "refresh_token"}, Scopes: []string{"openid", "profile"},
			DPoPBound: v.bound == "dpop", CertificateBound: v.bound == "mtls", RequireSignedRequest: v.signed,
		}
		if v.auth == "mtls" {
			c.AuthMethod = client.AuthSelfSignedTLS
		}
		if err := client.Validate(c); err != nil {
			t.Fatal(err)
		}
		register(t, w, c)
		certificate, _ := key.certificate(begun)
		return fapiClient{id, redirectURI, certificate, key}
	}
	f.one = enlist("fapi-one", callback, bankKey)
	f.two = enlist("fapi-two", callback+"?dummy1=lorem&dummy2=ipsum", secondKey)
	return f
}

// call sends a form to an endpoint as the client does: with what it
// authenticates by, and with what its tokens are bound to. A client_assertion
// that is there stays, and one that is empty is left out.
func (f *fapi) call(path string, c fapiClient, form url.Values, changes ...func(*http.Request)) answer {
	f.t.Helper()
	form = copied(form)
	switch {
	case f.auth == "mtls" && !form.Has("client_id"):
		form.Set("client_id", c.id)
	case f.auth != "mtls" && !form.Has("client_assertion"):
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", c.key.assertion(f.world, c.id, nil))
	case form.Get("client_assertion") == "":
		form.Del("client_assertion")
	default:
		form.Set("client_assertion_type", assertionType)
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, f.Issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if f.is("mtls") {
		req.Header.Set("Client-Cert", c.certificate)
	}
	if f.bound == "dpop" && path == "/token" {
		c.key.proving(f.world, path)(req)
	}
	for _, change := range changes {
		change(req)
	}
	return f.send(http.DefaultClient, req)
}

// unproven takes from a request what tokens are bound to.
func unproven(r *http.Request) {
	r.Header.Del("DPoP")
	r.Header.Del("Client-Cert")
}

// proof replaces the proof of a request.
func (f *fapi) proof(key clientKey, path string, change map[string]any) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("DPoP", key.proof(f.world, r.Method, path, "", change)) }
}

// request is an authorization request, changed by pairs of names and values;
// an empty value removes the parameter.
func (f *fapi) request(c fapiClient, change ...string) url.Values {
	all := []string{"redirect_uri", c.redirectURI, "state", "state-of-" + c.id, "nonce", "nonce-of-" + c.id}
	if f.signed {
		all = append(all, "response_mode", "jwt")
	}
	u, err := url.Parse(ask(c.id, append(all, change...)...))
	if err != nil {
		f.t.Fatal(err)
	}
	return u.Query()
}

// object is a request object of a client.
func (f *fapi) object(c fapiClient, params url.Values, change map[string]any) string {
	return c.key.sign("oauth-authz-req+jwt", false, f.objectClaims(c, params, change))
}

func (f *fapi) objectClaims(c fapiClient, params url.Values, change map[string]any) map[string]any {
	now := f.clock.now().Unix()
	told := map[string]any{"iss": c.id, "aud": f.Issuer, "exp": now + 300, "nbf": now, "iat": now}
	for name := range params {
		told[name] = params.Get(name)
	}
	return merge(told, change)
}

// par pushes a request, signed where the variant has it so.
func (f *fapi) par(c fapiClient, params url.Values, changes ...func(*http.Request)) answer {
	f.t.Helper()
	if f.signed {
		params = url.Values{"client_id": {c.id}, "request": {f.object(c, params, nil)}}
	}
	return f.call("/par", c, params, changes...)
}

// taken returns the request_uri of a request that has to have been taken.
func (f *fapi) taken(a answer) string {
	f.t.Helper()
	if a.status != http.StatusCreated {
		f.t.Fatalf("pushed: %d %s", a.status, a.body)
	}
	out := parse(f.t, a)
	uri, _ := out["request_uri"].(string)
	if life, _ := out["expires_in"].(float64); len(uri) < 43 || life < 5 || life > 600 || a.header.Get("Cache-Control") != "no-store" {
		f.t.Fatalf("%v %v", out, a.header)
	}
	return uri
}

// refused fails unless the answer is an error with one of the codes.
func (f *fapi) refused(a answer, codes ...string) {
	f.t.Helper()
	code, _ := parse(f.t, a)["error"].(string)
	fits := a.status == http.StatusBadRequest || a.status == http.StatusUnauthorized && code == "invalid_client"
	if !fits || !slices.Contains(codes, code) {
		f.t.Errorf("%d %s, want one of %v", a.status, a.body, codes)
	}
}

// outcome is how an authorization request ended: at the application with
// parameters, or on a page of ours.
type outcome struct {
	url.Values
	page bool
}

// visit goes to the authorization endpoint with a pushed request, and with more
// parameters, as pairs.
func (f *fapi) visit(b *browser, c fapiClient, uri string, beside ...string) outcome {
	f.t.Helper()
	address := byURI(c.id, uri)
	for i := 0; i < len(beside); i += 2 {
		address += "&" + url.Values{beside[i]: {beside[i+1]}}.Encode()
	}
	return f.arrive(b, b.get(address), "allow")
}

// arrive signs in, and answers a question for consent.
func (f *fapi) arrive(b *browser, a answer, consent string) outcome {
	f.t.Helper()
	for range 8 {
		if a.header.Get("Location") == "" {
			return outcome{page: true}
		}
		to := a.location(f.t)
		switch {
		case to.IsAbs():
			return outcome{Values: f.opened(to.Query())}
		case strings.HasSuffix(to.Path, "/sign-in"), strings.HasSuffix(to.Path, "/consent"):
			a = b.do(http.MethodPost, to.String(), url.Values{"answer": {consent}})
		default:
			a = b.get(to.String())
		}
	}
	f.t.Fatal("round and round")
	return outcome{}
}

// opened reads a signed answer (JARM section 2.1).
func (f *fapi) opened(q url.Values) url.Values {
	f.t.Helper()
	if !f.signed || !q.Has("response") {
		return q
	}
	told, head := f.claimsOf(q.Get("response"))
	if exp, _ := told["exp"].(float64); told["iss"] != f.Issuer || exp > float64(f.clock.now().Unix()+600) || !slices.Contains([]any{"ES256", "PS256", "EdDSA"}, head["alg"]) {
		f.t.Errorf("signed answer %v %v", told, head)
	}
	all := url.Values{}
	for name, value := range told {
		if text, ok := value.(string); ok && name != "aud" {
			all.Set(name, text)
		}
	}
	return all
}

// code gets a code, with what every module checks of it.
func (f *fapi) code(c fapiClient, uri string) string {
	f.t.Helper()
	q := f.visit(f.browser(), c, uri)
	if len(q.Get("code")) < 22 || q.Get("iss") != f.Issuer || q.Get("error") != "" {
		f.t.Fatalf("authorization response %v, page %t", q.Values, q.page)
	}
	return q.Get("code")
}

// codeFor gets a code for a request.
func (f *fapi) codeFor(c fapiClient, change ...string) string {
	f.t.Helper()
	return f.code(c, f.taken(f.par(c, f.request(c, change...))))
}

// redeeming is the token request for a code.
func (f *fapi) redeeming(c fapiClient, code string, change ...string) url.Values {
	return exchange(code, append([]string{"redirect_uri", c.redirectURI}, change...)...)
}

// tokens reads the answer of the token endpoint, with what every module checks
// of it.
func (f *fapi) tokens(c fapiClient, a answer) map[string]any {
	f.t.Helper()
	out := parse(f.t, a)
	if a.status != http.StatusOK {
		f.t.Fatalf("token endpoint: %d %v", a.status, out)
	}
	kind, member := "DPoP", "jkt"
	if f.bound == "mtls" {
		kind, member = "Bearer", "x5t#S256"
	}
	at, _ := f.claimsOf(out["access_token"])
	cnf, _ := at["cnf"].(map[string]any)
	id, head := f.claimsOf(out["id_token"])
	_, lives := out["expires_in"].(float64)
	if out["token_type"] != kind || cnf[member] == nil || len(cnf) != 1 || !lives || a.header.Get("Cache-Control") != "no-store" ||
		id["aud"] != c.id || id["iss"] != f.Issuer || id["sub"] != f.person.Subject || head["kid"] == nil ||
		!slices.Contains([]any{"ES256", "PS256", "EdDSA"}, head["alg"]) {
		f.t.Fatalf("%v, access token %v, ID token %v %v", out, at, id, head)
	}
	return out
}

// happy completes a flow.
func (f *fapi) happy(c fapiClient, change ...string) map[string]any {
	f.t.Helper()
	params := f.request(c, change...)
	q := f.visit(f.browser(), c, f.taken(f.par(c, params)))
	if q.Get("state") != params.Get("state") || q.Has("state") != params.Has("state") || q.Get("iss") != f.Issuer || q.Get("code") == "" {
		f.t.Fatalf("authorization response %v, page %t", q.Values, q.page)
	}
	out := f.tokens(c, f.call("/token", c, f.redeeming(c, q.Get("code"))))
	id, _ := f.claimsOf(out["id_token"])
	if nonce, _ := id["nonce"].(string); nonce != params.Get("nonce") {
		f.t.Errorf("nonce %q of %q", nonce, params.Get("nonce"))
	}
	if a := f.resource(c, out); a.status != http.StatusOK || parse(f.t, a)["sub"] != id["sub"] || a.header.Get("Date") == "" {
		f.t.Errorf("resource: %d %s", a.status, a.body)
	}
	return out
}

// resource asks UserInfo as the client does.
func (f *fapi) resource(c fapiClient, out map[string]any, changes ...func(*http.Request)) answer {
	f.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, f.Issuer+"/userinfo", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	token, _ := out["access_token"].(string)
	if f.bound == "dpop" {
		req.Header.Set("Authorization", "DPoP "+token)
		req.Header.Set("DPoP", c.key.proof(f.world, http.MethodGet, "/userinfo", token, nil))
	} else {
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Client-Cert", c.certificate)
	}
	for _, change := range changes {
		change(req)
	}
	return f.send(http.DefaultClient, req)
}

// signedAs signs claims with a key and an algorithm that the client's own sign
// does not have.
func signedAs(alg jose.SignatureAlgorithm, key any, typ string, embed bool, claims map[string]any) string {
	claims = maps.Clone(claims)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{EmbedJWK: embed}).WithType(jose.ContentType(typ)))
	if err != nil {
		panic(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return text
}
