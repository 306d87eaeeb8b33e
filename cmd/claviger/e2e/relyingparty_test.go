package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// redirectTo is where the relying parties of the tests have themselves sent.
// Nothing listens there: the address is read, not fetched.
const (
	redirectTo = "http://127.0.0.1:9/callback"
	goodbye    = "http://127.0.0.1:9/goodbye"
)

// kinds are the ways in which an application may be registered.
var kinds = []struct {
	name  string
	flags []string
	alg   string // of its ID tokens
}{
	{"confidential", nil, "ES256"},
	{"confidential, secret in the body, RS256", []string{"--auth-method", "client_secret_post", "--id-token-alg", "RS256"}, "RS256"},
	{"public", []string{"--public"}, "ES256"},
}

// TestGoOIDC takes coreos/go-oidc and x/oauth2 through the whole protocol.
func TestGoOIDC(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, "embedded", nil)
	people := in.enroll(len(kinds))
	secrets := map[string]string{}
	ids := []string{"go-basic", "go-post", "go-public"}
	for i, kind := range kinds {
		secrets[ids[i]] = in.register(ids[i], redirectTo, goodbye, kind.flags...)
	}
	in.serve()
	for i, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			provider, err := oidc.NewProvider(t.Context(), in.issuer)
			if err != nil {
				t.Fatal(err)
			}
			rp := &goRelyingParty{
				t: t, provider: provider, alg: kind.alg,
				config: oauth2.Config{
					ClientID: ids[i], ClientSecret: secrets[ids[i]], Endpoint: provider.Endpoint(),
					RedirectURL: redirectTo, Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
				},
			}
			// Said, not found out: x/oauth2 would repeat a refused request in the
			// other style and report that refusal.
			rp.config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
			if i == 0 {
				rp.config.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
			}
			rp.wholeFlow(in, people[i])
		})
	}
}

// goRelyingParty is an application as somebody else would write it.
type goRelyingParty struct {
	t        *testing.T
	provider *oidc.Provider
	config   oauth2.Config
	alg      string
}

func (rp *goRelyingParty) wholeFlow(in *installation, who account) {
	t := rp.t
	ctx := t.Context()
	p := newPerson(t, redirectTo, nil)
	verifier := oauth2.GenerateVerifier()
	address := rp.config.AuthCodeURL("state-0123456789", oidc.Nonce("nonce-0123456789"), oauth2.S256ChallengeOption(verifier))
	back := p.signIn(address, who.userID, who.temporary, personal)
	if back.Query().Get("state") != "state-0123456789" || back.Query().Get("iss") != in.issuer {
		t.Errorf("came back to %s", back)
	}
	code := back.Query().Get("code")
	if _, err := rp.config.Exchange(ctx, code, oauth2.VerifierOption(oauth2.GenerateVerifier())); !refused(err, "invalid_grant") {
		t.Errorf("a code with another verifier: %v", err)
	}

	// A failed attempt may have used the code up: begin again, already signed
	// in, which asks nothing.
	back = p.open(address)
	if back == nil {
		t.Fatalf("asked again although signed in:\n%s", p.text)
	}
	code = back.Query().Get("code")
	token, err := rp.config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatalf("redeeming the code: %v", err)
	}
	idToken := rp.checkIDToken(token)
	rp.checkUserInfo(ctx, token, idToken.Subject, who.userID)

	renewed := rp.refresh(ctx, token)
	rp.checkUserInfo(ctx, renewed, idToken.Subject, who.userID)

	raw, _ := token.Extra("id_token").(string)
	rp.signOut(p, raw)
	if _, err := rp.config.TokenSource(ctx, &oauth2.Token{RefreshToken: renewed.RefreshToken}).Token(); !refused(err, "invalid_grant") {
		t.Errorf("refreshing after the sign-out: %v", err)
	}
	if p.open(address) != nil || !p.asks("password") {
		t.Errorf("still signed in after the sign-out, at %s", p.page)
	}
}

func refused(err error, code string) bool {
	var answer *oauth2.RetrieveError
	return errors.As(err, &answer) && answer.ErrorCode == code
}

func (rp *goRelyingParty) checkIDToken(token *oauth2.Token) *oidc.IDToken {
	rp.t.Helper()
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		rp.t.Fatal("no ID token")
	}
	verifier := rp.provider.Verifier(&oidc.Config{ClientID: rp.config.ClientID, SupportedSigningAlgs: []string{rp.alg}})
	id, err := verifier.Verify(rp.t.Context(), raw)
	if err != nil {
		rp.t.Fatalf("ID token: %v", err)
	}
	if id.Nonce != "nonce-0123456789" {
		rp.t.Errorf("nonce %q", id.Nonce)
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			rp.t.Errorf("at_hash: %v", err)
		}
	}
	return id
}

func (rp *goRelyingParty) checkUserInfo(ctx context.Context, token *oauth2.Token, subject, userID string) {
	rp.t.Helper()
	info, err := rp.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		rp.t.Fatalf("UserInfo: %v", err)
	}
	var claims struct {
		Username string `json:"preferred_username"`
		Name     string `json:"name"`
	}
	if err := info.Claims(&claims); err != nil {
		rp.t.Fatal(err)
	}
	if info.Subject != subject || !strings.EqualFold(claims.Username, userID) || claims.Name == "" {
		rp.t.Errorf("UserInfo of %q: sub %q, %+v", subject, info.Subject, claims)
	}
}

func (rp *goRelyingParty) refresh(ctx context.Context, token *oauth2.Token) *oauth2.Token {
	rp.t.Helper()
	if token.RefreshToken == "" {
		rp.t.Fatal("no refresh token")
	}
	renewed, err := rp.config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil {
		rp.t.Fatalf("refreshing: %v", err)
	}
	if renewed.AccessToken == token.AccessToken {
		rp.t.Error("a refresh brought the same access token")
	}
	return renewed
}

// signOut follows RP-initiated logout to its end.
func (rp *goRelyingParty) signOut(p *person, idToken string) {
	rp.t.Helper()
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := rp.provider.Claims(&metadata); err != nil || metadata.EndSession == "" {
		rp.t.Fatalf("no end_session_endpoint: %v", err)
	}
	query := url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {goodbye}, "state": {"bye-0123456789"}}
	p.client.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(req.URL.String(), goodbye) || strings.HasPrefix(req.URL.String(), redirectTo) {
			return errArrived
		}
		return nil
	}
	back := p.open(metadata.EndSession + "?" + query.Encode())
	if back == nil || !strings.HasPrefix(back.String(), goodbye) || back.Query().Get("state") != "bye-0123456789" {
		rp.t.Errorf("after the sign-out at %v", back)
	}
}

// TestOpenIDClient takes npm's openid-client through the same.
func TestOpenIDClient(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("node/node_modules/openid-client"); err != nil {
		t.Fatalf("openid-client is not installed (%v): run the tests with make test or make e2e", err)
	}
	in := newInstallation(t, "embedded", map[string]string{"outbound.allow": `["127.0.0.1"]`})
	people := in.enroll(len(kinds))
	ids := []string{"npm-basic", "npm-post", "npm-public"}
	secrets := map[string]string{}
	receiver := freeAddress(t)
	for i, kind := range kinds {
		flags := append([]string{"--backchannel-logout-uri", "http://" + receiver + "/backchannel-logout"}, kind.flags...)
		secrets[ids[i]] = in.register(ids[i], redirectTo, goodbye, flags...)
	}
	in.serve()
	ended := documentedReceiver(t, in.issuer, ids[0], receiver)
	methods := []string{"client_secret_basic", "client_secret_post", "none"}
	for i, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			task, err := json.Marshal(map[string]string{
				"issuer": in.issuer, "client_id": ids[i], "client_secret": secrets[ids[i]], "auth_method": methods[i],
				"alg": kind.alg, "redirect_uri": redirectTo, "post_logout_redirect_uri": goodbye,
				"user_id": people[i].userID, "temporary": people[i].temporary, "personal": personal,
			})
			if err != nil {
				t.Fatal(err)
			}
			// localhost is tried as 127.0.0.1 first: the server listens there.
			node := exec.CommandContext(t.Context(), "node", "--dns-result-order=ipv4first", "flow.mjs")
			node.Dir = "node"
			node.Stdin = strings.NewReader(string(task))
			out, err := node.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, step := range []string{"discovered", "signed in", "redeemed", "userinfo", "refreshed", "signed out", "ended"} {
				if !strings.Contains(string(out), "ok "+step+"\n") {
					t.Errorf("the step %q is missing:\n%s", step, out)
				}
			}
		})
	}
	// The receiver is the first application's: the tokens of the others are not for it.
	want := map[string]string{ids[0]: "delivered", ids[1]: "refused", ids[2]: "refused"}
	until(t, "all have been told", func() bool {
		lines := in.ledger()
		for _, line := range lines {
			if line.State != want[line.Client] {
				return false
			}
		}
		return len(lines) == len(ids)
	})
	for _, line := range in.ledger() {
		if line.Client == ids[0] && !strings.Contains(ended(), "ended "+line.Session+"\n") {
			t.Errorf("the receiver has not ended %s:\n%s", line.Session, ended())
		}
	}
	for name, token := range map[string]string{"nothing": "", "garbage": "a.b.c", "too long": strings.Repeat("a", 20000)} {
		res, err := http.PostForm("http://"+receiver+"/backchannel-logout", url.Values{"logout_token": {token}})
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: status %d", name, res.StatusCode)
		}
	}
}

// documentedReceiver runs the receiver of logout tokens that docs/integration.md shows,
// as it stands there, and returns what it has printed so far.
func documentedReceiver(t *testing.T, issuer, clientID, address string) (printed func() string) {
	t.Helper()
	text, err := os.ReadFile("../../../docs/integration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, program, _ := strings.Cut(string(text), "```js\n")
	program, _, found := strings.Cut(program, "```\n")
	if !found {
		t.Fatal("the document has no receiver")
	}
	out := &lockedBuffer{}
	node := exec.CommandContext(t.Context(), "node", "--dns-result-order=ipv4first", "--input-type=module", "--eval", program)
	node.Dir = "node" // where jose is
	node.Env = append(environment(), "ISSUER="+issuer, "CLIENT_ID="+clientID, "PORT="+port(address))
	node.Stdout, node.Stderr = out, out
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = node.Process.Kill()
		_ = node.Wait()
	})
	until(t, "the receiver listens", func() bool {
		res, err := http.Get("http://" + address)
		if err == nil {
			_ = res.Body.Close()
		}
		return err == nil
	})
	return out.String
}
