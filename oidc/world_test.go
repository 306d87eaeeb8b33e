package oidc_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/clientauth"
	"github.com/claviger-id/claviger/oidc/clientkeys"
	"github.com/claviger-id/claviger/oidc/device"
	"github.com/claviger-id/claviger/oidc/dpop"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/oidc/fositeop"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/embedded"
	"github.com/claviger-id/claviger/storage/sqlite"
)

var (
	begun = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	quiet = slog.New(slog.DiscardHandler)
)

// clock is moved by the tests.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// sharedKeyring is the keyring of all worlds, and signingKeys their keys: an RSA
// key takes long to find.
var sharedKeyring = sync.OnceValue(func() *secret.Keyring {
	keyring, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		panic(err)
	}
	return keyring
})

var signingKeys struct {
	sync.Mutex
	records []storage.SigningKey
}

// world is the protocol over HTTP on the embedded stores.
type world struct {
	*oidc.Provider
	t      *testing.T
	clock  *clock
	server *httptest.Server
	trips  trips
	// expectDown says that answers with a status of 503 are what is tested.
	expectDown bool
	logged     *bytes.Buffer
	person     storage.Person
}

func newWorld(t *testing.T) *world {
	t.Helper()
	keyring := sharedKeyring()
	w := &world{t: t, clock: &clock{at: begun}, logged: &bytes.Buffer{}}
	dir, key := t.TempDir(), bytes.Repeat([]byte{7}, 32)
	file, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(dir, "d.db"), Key: key, Now: w.clock.now, Log: quiet, Migrate: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	short, err := embedded.Open(t.Context(), embedded.Options{Path: filepath.Join(dir, "e.db"), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = short.Close() })
	durable, ephemeral := countedStore{file, &w.trips}, countedEphemeral{short, &w.trips}

	w.server = httptest.NewUnstartedServer(nil)
	issuer := "http://" + w.server.Listener.Addr().String()
	ring := &keys.Ring{Store: durable, Keys: keyring, Now: w.clock.now, Log: quiet}
	openRing(t, ring)
	clients := &oidc.Clients{Store: durable, Log: quiet}
	if err := clients.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	sessions := &session.Service{
		Store: durable, Ephemeral: ephemeral, Now: w.clock.now, Log: quiet, TombstoneFor: 10 * time.Minute,
		Limits: session.Limits{Idle: 15 * time.Minute, SharedIdle: 5 * time.Minute, Absolute: 12 * time.Hour},
	}
	grants := &oidc.Grants{Store: durable, Marks: ephemeral.Marks(), TombstoneFor: 10 * time.Minute, Now: w.clock.now}
	subjects := oidc.Subjects{Keys: keyring}
	access := oidc.AccessTokens{Issuer: issuer, Keys: ring, Marks: ephemeral.Marks(), Now: w.clock.now}
	people := &person.Directory{Keys: keyring}
	loopback, err := outbound.ParseNetworks([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	clientKeys := &clientkeys.Cache{Fetch: outbound.New(outbound.Options{Allow: loopback}), Now: w.clock.now}
	devices := &device.Authorizations{Store: ephemeral.Interactions(), Keys: keyring, Now: w.clock.now}
	out := outbound.New(outbound.Options{Allow: loopback})
	logouts := &oidc.Logouts{Store: durable, Clients: clients, Keys: ring, Subjects: subjects, Out: out, Issuer: issuer, Now: w.clock.now, Log: quiet}
	sessions.Ended = logouts.Enroll
	w.Provider = &oidc.Provider{
		Logouts: logouts, Devices: devices, Attempts: ephemeral.Attempts(),
		Auth: &clientauth.Authenticator{
			Issuer: issuer, TokenEndpoint: issuer + "/token", Clients: clients, Keys: clientKeys, Marks: ephemeral.Marks(), Now: w.clock.now,
		},
		Proofs: &dpop.Verifier{Marks: ephemeral.Marks(), Keys: keyring, Now: w.clock.now},
		Access: access, Subjects: subjects, ClientKeys: clientKeys, Requests: ephemeral.Interactions(),
		Certificates: web.ClientCertificates{Header: true, Proxies: web.Proxies{Trusted: loopback}},
		Issuer:       issuer, Clients: clients, Grants: grants, Sessions: sessions, Keys: ring, Store: durable, Marks: ephemeral.Marks(),
		Interactions: &flow.Interactions{Store: ephemeral.Interactions(), Now: w.clock.now, TTL: 30 * time.Minute},
		People:       people, ErrorPage: errorPage{}, Now: w.clock.now,
		Engine: fositeop.New(fositeop.Options{
			Devices: devices, Subjects: subjects, Tokens: access, Profiles: oidc.Profiles{Store: durable, People: people},
			Issuer: issuer, Clients: clients, Grants: grants, Codes: ephemeral.Codes(), Sessions: sessions,
			Ring: ring, Keyring: keyring, CodeLife: time.Minute, TokenLife: 5 * time.Minute, GrantLife: 24 * time.Hour, Now: w.clock.now,
		}),
	}
	log := slog.New(slog.NewTextHandler(&locked{w: w.logged}, nil))
	browser := web.NewBrowserMux(web.BrowserOptions{Log: log, Now: w.clock.now, Fault: func(rw http.ResponseWriter, r *http.Request, err error) {
		errorPage{}.Error(rw, r, web.Status(err), "fault", "fault")
	}})
	api := web.NewAPIMux(web.APIOptions{Log: log, Now: w.clock.now, Fault: w.Fault})
	w.Routes(browser, api)
	browser.Handle("GET /interaction/{id}/sign-in", func(rw http.ResponseWriter, _ *http.Request) error {
		_, err := rw.Write([]byte("sign in"))
		return err
	})
	browser.Handle("POST /interaction/{id}/sign-in", w.signInPage)
	browser.Handle("POST /interaction/{id}/choose-password", w.choosePage)
	browser.Handle("POST /interaction/{id}/consent", w.consentPage)
	browser.Handle("POST /device", func(rw http.ResponseWriter, r *http.Request) error {
		return w.EnterDeviceCode(rw, r, r.PostFormValue("user_code"))
	})
	w.server.Config.Handler = web.Join(api, browser)
	w.server.Start()
	t.Cleanup(w.server.Close)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log:\n%s", w.logged)
		}
	})
	w.enroll()
	return w
}

// openRing opens the ring with the keys of an earlier world.
func openRing(t *testing.T, ring *keys.Ring) {
	t.Helper()
	signingKeys.Lock()
	defer signingKeys.Unlock()
	if err := ring.Store.Tx(t.Context(), func(tx storage.Tx) error {
		for _, k := range signingKeys.records {
			if err := tx.SigningKeys().Insert(t.Context(), k); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := ring.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := ring.Store.View(t.Context(), func(tx storage.Tx) (err error) {
		signingKeys.records, err = tx.SigningKeys().All(t.Context(), storage.KeyUseToken, ring.Now())
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

type errorPage struct{}

func (errorPage) Error(w http.ResponseWriter, _ *http.Request, status int, title, message string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<h1>%s</h1><p>%s</p>", title, message)
}

// signInPage stands for the page of that name: who comes is Ada.
func (w *world) signInPage(rw http.ResponseWriter, r *http.Request) error {
	in, err := w.Interactions.Load(r.Context(), r.PathValue("id"), w.Cookies.Browser(r))
	if err != nil {
		return err
	}
	kind := storage.PasswordPersonal
	if r.PostFormValue("temporary") != "" {
		kind = storage.PasswordTemporary
	}
	if err := w.Interactions.RecordSignIn(r.Context(), &in, flow.SignedIn{
		PersonID: w.person.ID, Subject: w.person.Subject, AMR: []string{"pwd"}, AuthTime: w.clock.now(), PasswordKind: kind, PasswordVersion: 1,
	}); err != nil {
		return err
	}
	http.Redirect(rw, r, flow.ResumePath(in.ID), http.StatusSeeOther)
	return nil
}

// consentPage stands for the page of that name.
func (w *world) consentPage(rw http.ResponseWriter, r *http.Request) error {
	in, err := w.Interactions.Load(r.Context(), r.PathValue("id"), w.Cookies.Browser(r))
	if err != nil {
		return err
	}
	if s, err := w.Sessions.Resolve(r.Context(), w.Cookies.Session(r)); err == nil {
		in.State.Session = &flow.SessionFacts{PersonID: s.PersonID, Subject: s.Subject, AuthTime: s.AuthTime}
	}
	if err := w.Interactions.RecordConsent(r.Context(), &in, r.PostFormValue("answer") == "allow"); err != nil {
		return err
	}
	http.Redirect(rw, r, flow.ResumePath(in.ID), http.StatusSeeOther)
	return nil
}

func (w *world) choosePage(rw http.ResponseWriter, r *http.Request) error {
	in, err := w.Interactions.Load(r.Context(), r.PathValue("id"), w.Cookies.Browser(r))
	if err != nil {
		return err
	}
	if err := w.Interactions.RecordPasswordChosen(r.Context(), &in, 2); err != nil {
		return err
	}
	http.Redirect(rw, r, flow.ResumePath(in.ID), http.StatusSeeOther)
	return nil
}

// enroll makes Ada and the clients.
func (w *world) enroll() {
	w.t.Helper()
	ctx := context.Background()
	w.person = storage.Person{
		ID: secret.NewID(), Subject: secret.NewID(), State: storage.PersonActive, CreatedAt: begun, UpdatedAt: begun,
	}
	if err := w.People.Seal(&w.person, person.Profile{
		UserID: "aquill", GivenName: "Ada", FamilyName: "Quill", NPI: "1234567893", Organization: "Cove Clinic", Email: "ada@example.org",
	}); err != nil {
		w.t.Fatal(err)
	}
	secrets := []storage.ClientSecret{
		{SHA256: hash("old secret"), ExpiresAt: begun.Add(time.Hour)}, {SHA256: hash(clientSecret)},
	}
	both := []string{"authorization_code", "refresh_token"}
	scopes := []string{"openid", "profile", "email", "provider", "api:read"}
	all := []storage.Client{
		{ID: "portal", AuthMethod: "client_secret_basic", Secrets: secrets, PostLogoutRedirectURIs: []string{goodbye}},
		{ID: "post", AuthMethod: "client_secret_post", Secrets: secrets, IDTokenAlg: "RS256", Audiences: []string{"https://api.example/"}},
		{ID: "spa", AuthMethod: "none", RedirectURIs: []string{callback, "http://127.0.0.1/cb", "com.example.app:/cb"}},
		{ID: "bank", Profile: "fapi2", AuthMethod: "private_key_jwt", JWKS: bankKey.set(), DPoPBound: true, Audiences: []string{"https://api.example/", "https://labs.example/"}},
		{ID: "service", AuthMethod: "private_key_jwt", JWKS: bankKey.set(), GrantTypes: []string{"client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"},
			Audiences: []string{"https://labs.example/", "https://x.example/"}, ResourceURIs: []string{"https://api.example/"}},
		{ID: "mesh", AuthMethod: "self_signed_tls_client_auth", JWKS: bankKey.set(), CertificateBound: true, GrantTypes: []string{"client_credentials"}},
		{ID: "discreet", AuthMethod: "client_secret_basic", Secrets: secrets, SubjectType: "pairwise", UserinfoAlg: "PS256", IDTokenAlg: "EdDSA"},
		{ID: "screen", AuthMethod: "none", GrantTypes: []string{"urn:ietf:params:oauth:grant-type:device_code", "refresh_token"}},
		{ID: "night", AuthMethod: "client_secret_basic", Secrets: secrets},
		{ID: "legacy", AuthMethod: "client_secret_basic", Secrets: secrets, PKCEOptional: true, GrantTypes: []string{"authorization_code"}},
	}
	if err := w.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := tx.People().Insert(ctx, w.person); err != nil {
			return err
		}
		for _, c := range all {
			c.Name, c.Scopes, c.CreatedAt, c.UpdatedAt = c.ID, scopes, begun, begun
			if c.ID == "night" {
				c.Scopes = append(slices.Clone(scopes), "offline_access")
			}
			if c.GrantTypes == nil {
				c.GrantTypes = both
			}
			if c.RedirectURIs == nil {
				c.RedirectURIs = []string{callback, callback + "?tenant=a"}
			}
			if err := tx.Clients().Insert(ctx, c); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Clients.Poll(ctx); err != nil {
		w.t.Fatal(err)
	}
}

const (
	callback     = "https://rp.example/cb"
	goodbye      = "https://rp.example/bye?x=1"
	clientSecret = "s3cr%t & +:"
	verifier     = "0123456789abcdefghijklmnopqrstuvwxyz-._~ABCDEFG"
)

func hash(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

func challengeOf(verifier string) string { return base64.RawURLEncoding.EncodeToString(hash(verifier)) }

// browser is a person's browser.
type browser struct {
	w      *world
	client *http.Client
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &browser{w: w, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) location(t *testing.T) *url.URL {
	t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.header.Get("Location") == "" {
		t.Fatalf("no place to go: %d %s %s %v", a.status, a.header, a.body, err)
	}
	return u
}

func (b *browser) do(method, path string, form url.Values) answer {
	b.w.t.Helper()
	if u, err := url.Parse(path); err == nil && !u.IsAbs() {
		path = b.w.Issuer + path
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.w.t.Context(), method, path, body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.w.send(b.client, req)
}

func (w *world) send(c *http.Client, req *http.Request) answer {
	w.t.Helper()
	res, err := c.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if res.StatusCode >= 500 && (!w.expectDown || res.StatusCode != http.StatusServiceUnavailable) {
		w.t.Errorf("%s %s answered %d: %s", req.Method, req.URL, res.StatusCode, body)
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

func (b *browser) get(path string) answer { return b.do(http.MethodGet, path, nil) }

// follow goes on from page to page until the address belongs to an application
// or there is a page without a way forward; on the way it signs in.
func (b *browser) follow(a answer) *url.URL {
	b.w.t.Helper()
	for range 8 {
		to := a.location(b.w.t)
		if to.IsAbs() {
			return to
		}
		switch {
		case strings.HasSuffix(to.Path, "/sign-in"):
			a = b.do(http.MethodPost, to.String(), url.Values{})
		case strings.HasSuffix(to.Path, "/consent"):
			a = b.do(http.MethodPost, to.String(), url.Values{"answer": {"allow"}})
		case strings.HasSuffix(to.Path, "/choose-password"):
			a = b.do(http.MethodPost, to.String(), url.Values{})
		default:
			a = b.get(to.String())
		}
	}
	b.w.t.Fatal("round and round")
	return nil
}

// ask is an authorization request of a client, changed by pairs of names and
// values; an empty value removes the parameter.
func ask(clientID string, change ...string) string {
	q := url.Values{
		"client_id": {clientID}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile"},
		"state": {"st-" + clientID}, "nonce": {"n-0"}, "code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(change); i += 2 {
		q.Set(change[i], change[i+1])
		if change[i+1] == "" {
			q.Del(change[i])
		}
	}
	return "/authorize?" + q.Encode()
}

// code brings the browser through a sign-in, or past it, and returns the code.
func (b *browser) code(clientID string, change ...string) string {
	b.w.t.Helper()
	back := b.follow(b.get(ask(clientID, change...)))
	code := back.Query().Get("code")
	if code == "" {
		b.w.t.Fatalf("no code: %s", back)
	}
	return code
}

// redeem asks the token endpoint as a client.
func (w *world) redeem(clientID string, form url.Values, changes ...func(*http.Request)) (int, map[string]any, http.Header) {
	w.t.Helper()
	a := w.post("/token", clientID, form, changes...)
	return a.status, parse(w.t, a), a.header
}

func (w *world) post(path, clientID string, form url.Values, changes ...func(*http.Request)) answer {
	w.t.Helper()
	form = copied(form)
	c, _ := w.Clients.Get(clientID)
	switch c.AuthMethod {
	case "none":
		form.Set("client_id", clientID)
	case "client_secret_post":
		form.Set("client_id", clientID)
		form.Set("client_secret", clientSecret)
	case "private_key_jwt":
		if form.Get("client_assertion") == "" {
			form.Set("client_assertion_type", assertionType)
			form.Set("client_assertion", bankKey.assertion(w, clientID, nil))
		}
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.Issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, change := range changes {
		change(req)
	}
	if c.AuthMethod == "client_secret_basic" {
		req.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(clientSecret))
	}
	return w.send(http.DefaultClient, req)
}

func copied(form url.Values) url.Values {
	c := url.Values{}
	for k, v := range form {
		c[k] = slices.Clone(v)
	}
	return c
}

func parse(t *testing.T, a answer) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		t.Fatalf("%d %q: %v", a.status, a.body, err)
	}
	return out
}

func exchange(code string, change ...string) url.Values {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
		if change[i+1] == "" {
			form.Del(change[i])
		}
	}
	return form
}

func refreshing(token string, change ...string) url.Values {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

// tokens signs in and redeems the code.
func (b *browser) tokens(clientID string, change ...string) map[string]any {
	b.w.t.Helper()
	status, out, _ := b.w.redeem(clientID, exchange(b.code(clientID, change...)))
	if status != http.StatusOK {
		b.w.t.Fatalf("token endpoint: %d %v", status, out)
	}
	return out
}

// claimsOf reads a JWT of ours and its header.
func (w *world) claimsOf(token any) (claims map[string]any, header map[string]any) {
	w.t.Helper()
	text, _ := token.(string)
	payload, _, err := w.Keys.Verify(text)
	if err != nil {
		w.t.Fatalf("%q: %v", text, err)
	}
	head, err := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[0])
	if err != nil {
		w.t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		w.t.Fatal(err)
	}
	if err := json.Unmarshal(head, &header); err != nil {
		w.t.Fatal(err)
	}
	return claims, header
}

// events returns the kinds of the audit events so far, in order, but for those
// of keys.
func (w *world) events() []string {
	w.t.Helper()
	var kinds []string
	if err := w.Store.View(w.t.Context(), func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(w.t.Context(), 10_000)
		for _, e := range all {
			if !strings.HasPrefix(e.Kind, "key.") {
				kinds = append(kinds, e.Kind)
			}
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return kinds
}

func (w *world) count(kind string) int {
	n := 0
	for _, k := range w.events() {
		if k == kind {
			n++
		}
	}
	return n
}

// userinfo asks with a token in the header.
func (w *world) userinfo(token any) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.Issuer+"/userinfo", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+fmt.Sprint(token))
	return w.send(http.DefaultClient, req)
}
