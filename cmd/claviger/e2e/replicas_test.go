package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// balancer sends requests for the issuer to its replicas in turn, as a load
// balancer without any memory does.
type balancer struct {
	issuer   string // host:port of the issuer
	replicas []string
	next     atomic.Int64
	used     []atomic.Int64
}

func (b *balancer) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != b.issuer {
		return http.DefaultTransport.RoundTrip(req)
	}
	n := int(b.next.Add(1)) % len(b.replicas)
	b.used[n].Add(1)
	return sendTo(b.replicas[n], req)
}

// sendTo sends a request to one replica under the name of the issuer.
func sendTo(replica string, req *http.Request) (*http.Response, error) {
	host := req.URL.Host
	req = req.Clone(req.Context())
	req.Host, req.URL.Host = host, replica
	res, err := http.DefaultTransport.RoundTrip(req)
	if res != nil { // the caller asked the issuer and resolves against it
		req.URL.Host = host
		res.Request = req
	}
	return res, err
}

// TestReplicas runs two servers on one PostgreSQL and one Redis: each request
// of a sign-in goes to another one than the request before.
func TestReplicas(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, "postgres+redis", nil)
	people := in.enroll(4)
	secret := in.register("app", redirectTo, goodbye)
	first := in.serve()

	second := &installation{t: t, dir: in.dir, issuer: in.issuer, public: freeAddress(t), admin: freeAddress(t)}
	second.config = in.replicaConfig(second, nil)
	second.serve()

	u, err := url.Parse(in.issuer)
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{issuer: u.Host, replicas: []string{in.public, second.public}, used: make([]atomic.Int64, 2)}
	ctx := oidc.ClientContext(t.Context(), &http.Client{Transport: b})
	provider, err := oidc.NewProvider(ctx, in.issuer)
	if err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{
		ClientID: "app", ClientSecret: secret, Endpoint: provider.Endpoint(),
		RedirectURL: redirectTo, Scopes: []string{oidc.ScopeOpenID, "profile"},
	}
	config.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	verifier := oauth2.GenerateVerifier()
	address := config.AuthCodeURL("state-0123456789", oauth2.S256ChallengeOption(verifier))

	// Four people at the same time, every request to the other replica.
	var wg sync.WaitGroup
	tokens := make([]*oauth2.Token, len(people))
	persons := make([]*person, len(people))
	for i, who := range people {
		persons[i] = newPerson(t, redirectTo, b)
		wg.Go(func() {
			back := persons[i].signIn(address, who.userID, who.temporary, fmt.Sprintf("%s %d", personal, i))
			token, err := config.Exchange(ctx, back.Query().Get("code"), oauth2.VerifierOption(verifier))
			if err != nil {
				t.Errorf("%s: redeeming the code: %v", who.userID, err)
				return
			}
			raw, _ := token.Extra("id_token").(string)
			if _, err := provider.Verifier(&oidc.Config{ClientID: "app", SupportedSigningAlgs: []string{"ES256"}}).Verify(ctx, raw); err != nil {
				t.Errorf("%s: ID token: %v", who.userID, err)
			}
			for range 4 {
				if token, err = config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token(); err != nil {
					t.Errorf("%s: refreshing: %v", who.userID, err)
					return
				}
			}
			tokens[i] = token
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	if b.used[0].Load() == 0 || b.used[1].Load() == 0 {
		t.Fatal("one replica did nothing")
	}

	authorizeHereTokenThere(t, in, second, persons[0], config, verifier, address)
	oneCodeForOne(t, in, second, persons[1], secret, verifier, address)

	// A sign-out at one replica ends the grants at the other.
	rp := &goRelyingParty{t: t, provider: provider, config: config}
	raw, _ := tokens[2].Extra("id_token").(string)
	if raw == "" {
		t.Fatal("a refresh brought no ID token")
	}
	rp.signOut(persons[2], raw)
	if _, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: tokens[2].RefreshToken}).Token(); !refused(err, "invalid_grant") {
		t.Errorf("refreshing after the sign-out: %v", err)
	}

	// The other replica goes on when one stops; nobody has to sign in again.
	first.stop()
	b.replicas = []string{second.public}
	if back := persons[3].open(address); back == nil {
		t.Errorf("asked to sign in again after one replica stopped:\n%s", persons[3].text)
	}
}

// replicaConfig is the configuration of another server of the same
// installation.
func (in *installation) replicaConfig(other *installation, more map[string]string) string {
	in.t.Helper()
	settings := map[string]string{
		"public.issuer":          quote(in.issuer),
		"public.listen":          quote(other.public),
		"admin.listen":           quote(other.admin),
		"data.directory":         quote(in.dir + "/second"),
		"data.root_key_file":     quote(in.dir + "/root.key"),
		"data.postgres_url_file": quote(in.dir + "/postgres.url"),
		"data.redis_url_file":    quote(in.dir + "/redis.url"),
		"password.memory_mib":    "19", "password.iterations": "2", "password.parallelism": "1", "password.budget_mib": "76",
	}
	maps.Copy(settings, more)
	return in.writeConfig("second.toml", settings)
}

// authorizeHereTokenThere is the plainest form: the code from one replica, the
// tokens from the other, UserInfo from the first again.
func authorizeHereTokenThere(t *testing.T, here, there *installation, p *person, config oauth2.Config, verifier, address string) {
	t.Helper()
	p.client.Transport = only(here.public)
	back := p.open(address)
	if back == nil {
		t.Fatalf("asked to sign in again:\n%s", p.text)
	}
	ctx := oidc.ClientContext(t.Context(), &http.Client{Transport: only(there.public)})
	token, err := config.Exchange(ctx, back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatalf("authorized at one replica, redeemed at the other: %v", err)
	}
	req, err := http.NewRequest(http.MethodGet, here.issuer+"/userinfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	token.SetAuthHeader(req)
	res, err := only(here.public).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Errorf("UserInfo at the first replica: %s", res.Status)
	}
}

// only sends everything to one replica.
type only string

func (o only) RoundTrip(req *http.Request) (*http.Response, error) { return sendTo(string(o), req) }

// answered is how the token endpoint answered.
type answered struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Error   string `json:"error"`
}

// atOnce sends the same token request many times at once, to both replicas in
// turn.
func atOnce(t *testing.T, a, b *installation, n int, secret string, form url.Values) []answered {
	t.Helper()
	answers := make([]answered, n)
	var wg sync.WaitGroup
	for i := range n {
		replica := []string{a.public, b.public}[i%2]
		wg.Go(func() {
			req, err := http.NewRequest(http.MethodPost, "http://"+replica+"/token", strings.NewReader(form.Encode()))
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.SetBasicAuth("app", url.QueryEscape(secret))
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = res.Body.Close() }()
			if err := json.NewDecoder(res.Body).Decode(&answers[i]); err != nil {
				t.Errorf("%s: %v", res.Status, err)
			}
		})
	}
	wg.Wait()
	return answers
}

// races is how many requests come at once.
const races = 100

// oneCodeForOne redeems one code a hundred times at once at two replicas: one
// gets tokens, and the others end what it got (RFC 6749 section 4.1.2). Another
// code's refresh token, used a hundred times at once, advances by one step and
// brings the same successor to all.
func oneCodeForOne(t *testing.T, a, b *installation, p *person, secret, verifier, address string) {
	t.Helper()
	redeeming := func() url.Values {
		back := p.open(address)
		if back == nil {
			t.Fatalf("asked to sign in again:\n%s", p.text)
		}
		return url.Values{
			"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")},
			"redirect_uri": {redirectTo}, "code_verifier": {verifier},
		}
	}
	var winner answered
	won := 0
	for _, one := range atOnce(t, a, b, races, secret, redeeming()) {
		switch {
		case one.Access != "":
			winner = one
			won++
		case one.Error != "invalid_grant":
			t.Errorf("%+v", one)
		}
	}
	if won != 1 {
		t.Fatalf("one code gave tokens to %d of %d requests", won, races)
	}
	for _, one := range atOnce(t, a, b, 2, secret, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {winner.Refresh}}) {
		if one.Error != "invalid_grant" {
			t.Errorf("the grant of a code that was redeemed twice lives: %+v", one)
		}
	}
	for _, replica := range []*installation{a, b} {
		req, err := http.NewRequest(http.MethodGet, "http://"+replica.public+"/userinfo", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+winner.Access)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusUnauthorized {
			t.Errorf("the access token of a code that was redeemed twice: %s", res.Status)
		}
	}

	first := atOnce(t, a, b, 1, secret, redeeming())[0]
	successors := map[string]int{}
	for _, one := range atOnce(t, a, b, races, secret, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.Refresh}}) {
		if one.Access == "" || one.Error != "" {
			t.Errorf("a refresh was refused: %+v", one)
		}
		successors[one.Refresh]++
	}
	// A second step would have made the token that all of them sent one of two
	// generations ago, and its use a theft.
	if len(successors) != 1 || successors[first.Refresh] != 0 {
		t.Errorf("%d successors of one refresh token", len(successors))
	}
	for next := range successors {
		if one := atOnce(t, a, b, 1, secret, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {next}})[0]; one.Access == "" {
			t.Errorf("the successor is refused: %+v", one)
		}
	}
}
