package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/claviger-id/claviger/pkg/relying"
)

// TestProvisioningEndsAccess turns somebody off by SCIM and finds out when the last
// access token was accepted: by introspection, by UserInfo, and offline by an API.
func TestProvisioningEndsAccess(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			testProvisioningEndsAccess(t, backend)
		})
	}
}

func testProvisioningEndsAccess(t *testing.T, backend string) {
	in := newInstallation(t, backend, map[string]string{"tokens.access": quote("10s")})
	who := in.enroll(1)[0]
	secret := in.register("app", redirectTo, goodbye)
	in.registerFile("hr", map[string]any{
		"client_name": "Directory", "grant_types": []string{"client_credentials"}, "token_endpoint_auth_method": "client_secret_basic",
		"scope": "admin:scim.read admin:scim.write", "audiences": []string{"http://" + in.admin},
	})
	in.claviger("admin", "grant", "--client", "hr", "--role", "provisioner", "--reason", "new_directory")
	in.serve()

	ctx := t.Context()
	provider, err := oidc.NewProvider(ctx, in.issuer)
	if err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{ClientID: "app", ClientSecret: secret, Endpoint: provider.Endpoint(), RedirectURL: redirectTo, Scopes: []string{oidc.ScopeOpenID, "profile"}}
	config.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	verifier := oauth2.GenerateVerifier()
	p := newPerson(t, redirectTo, nil)
	back := p.signIn(config.AuthCodeURL("state-0123456789", oauth2.S256ChallengeOption(verifier)), who.userID, who.temporary, personal)
	token, err := config.Exchange(ctx, back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}

	directorySecret := strings.TrimSpace(readFile(t, filepath.Join(in.dir, "hr.secret")))
	directory := &scimClient{t: t, base: "http://" + in.admin + "/scim/v2", token: in.programToken("hr", directorySecret)}
	list := directory.do(http.MethodGet, "/Users?filter="+url.QueryEscape(`userName eq "`+who.userID+`"`), "")
	found, _ := list["Resources"].([]any)
	if len(found) != 1 {
		t.Fatalf("found %v", list)
	}
	user, _ := found[0].(map[string]any)
	id, _ := user["id"].(string)

	api := relying.TokenVerifier{Audience: "app"}
	if api.Provider, err = relying.Discover(ctx, relying.Environment{HTTP: http.DefaultClient, Now: time.Now}, in.issuer); err != nil {
		t.Fatal(err)
	}
	accepts := map[string]func() bool{
		"introspection": func() bool { return in.introspects("app", secret, token.AccessToken) },
		"UserInfo": func() bool {
			_, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
			return err == nil
		},
		"offline, until it expires": func() bool {
			_, err := api.Verify(ctx, token.AccessToken)
			return err == nil
		},
	}
	for by, accepted := range accepts {
		if !accepted() {
			t.Fatalf("not accepted by %s to begin with", by)
		}
	}

	var asking sync.WaitGroup
	begun := time.Now()
	for by, accepted := range accepts {
		asking.Go(func() {
			last := begun
			for refusals := 0; refusals < 3; {
				at := time.Now()
				if accepted() {
					last, refusals = at, 0
				} else {
					refusals++
				}
				if time.Since(begun) > time.Minute {
					t.Errorf("%s: accepted for longer than a minute", by)
					return
				}
				time.Sleep(time.Millisecond)
			}
			t.Logf("%s: the last token was accepted %v after the request to turn the user off", by, last.Sub(begun).Round(100*time.Microsecond))
		})
	}
	off := directory.do(http.MethodPatch, "/Users/"+id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}`)
	t.Logf("the request took %v", time.Since(begun).Round(100*time.Microsecond))
	if off["active"] != false {
		t.Errorf("the answer is %v", off)
	}
	if _, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token(); !refused(err, "invalid_grant") {
		t.Errorf("refreshing: %v", err)
	}
	if p.open(config.AuthCodeURL("state-0123456789", oauth2.S256ChallengeOption(verifier))) != nil {
		t.Error("still signed in")
	}
	asking.Wait()
	directory.token = in.programToken("hr", directorySecret)
	on := directory.do(http.MethodPatch, "/Users/"+id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","value":{"active":true}}]}`)
	if on["active"] != true {
		t.Errorf("turned on again: %v", on)
	}
	if accepts["introspection"]() {
		t.Error("a former token lives again")
	}
	if !newPerson(t, redirectTo, nil).trySignIn(config.AuthCodeURL("state-0123456789", oauth2.S256ChallengeOption(verifier)), who.userID, personal) {
		t.Error("cannot sign in again")
	}
}

// scimClient is a directory.
type scimClient struct {
	t           *testing.T
	base, token string
}

func (c *scimClient) do(method, path, body string) map[string]any {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/scim+json")
	}
	var out map[string]any
	c.t.Helper()
	fetchJSON(c.t, r, &out)
	return out
}

// fetchJSON sends a request whose answer is an object.
func fetchJSON(t *testing.T, r *http.Request, out any) {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s %s, %v", r.Method, r.URL, res.Status, text, err)
	}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// programToken is a bearer token of a program for the admin listener.
func (in *installation) programToken(id, secret string) string {
	in.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"admin:scim.read admin:scim.write"}}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, in.issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		in.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(id, secret)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		in.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var out answered
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || out.Access == "" {
		in.t.Fatalf("no token: %s %+v %v", res.Status, out, err)
	}
	return out.Access
}

// introspects says that a token is active (RFC 7662).
func (in *installation) introspects(id, secret, token string) bool {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, in.issuer+"/introspect", strings.NewReader(url.Values{"token": {token}}.Encode()))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(id, secret)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	var out struct{ Active bool }
	return json.NewDecoder(res.Body).Decode(&out) == nil && out.Active
}
