package relying_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/claviger-id/claviger/pkg/relying"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex // guards now
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type signingKey struct {
	id  string
	key *ecdsa.PrivateKey
}

func newSigningKey(t *testing.T, id string) signingKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signingKey{id: id, key: key}
}

func (k signingKey) sign(t *testing.T, typ string, claims map[string]any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType(jose.ContentType(typ)).WithHeader("kid", k.id)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: k.key}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// op is a small OpenID Provider at which everybody is signed in already. Its
// fields bend what it says.
type op struct {
	t      *testing.T
	clock  *clock
	server *httptest.Server

	mu          sync.Mutex // guards the fields below
	signing     signingKey
	published   []signingKey
	keyReads    int
	refusal     string            // answer /authorize with this error
	responseIss string            // the iss of authorization responses; "-" for none
	idClaims    map[string]any    // over the ID token's claims
	userSub     string            // the sub of UserInfo
	metadata    map[string]any    // over the discovery document
	challenges  map[string]string // code → code_challenge
	nonces      map[string]string // code → nonce
	refresh     string            // the one refresh token in force
	refreshes   int
	ended       bool // refresh tokens are refused
	keysDown    bool // the keys cannot be read
	tokensDown  bool // nothing is refreshed
	losing      int  // so many answers to refreshes get lost

	// grace is how long the refresh token before the newest one brings that again, as at
	// Claviger; any other use of an old one is a reuse, and ends the grant.
	grace        time.Duration
	before       string        // the refresh token before the newest one
	rotated      time.Time     // when it was replaced
	repeated     time.Duration // how long after that it last came again
	reused       int
	authRequests []url.Values
	basicAuth    []string

	// refreshing is what happens before the next refresh is answered.
	refreshing func()

	meanwhile func() // what happens while the next code is being redeemed
}

func newOP(t *testing.T) *op {
	t.Helper()
	k := newSigningKey(t, "k1")
	o := &op{
		t: t, clock: newClock(), signing: k, published: []signingKey{k}, userSub: "sub-1",
		challenges: map[string]string{}, nonces: map[string]string{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", o.discovery)
	mux.HandleFunc("GET /jwks", o.jwks)
	mux.HandleFunc("GET /authorize", o.authorize)
	mux.HandleFunc("POST /token", o.token)
	mux.HandleFunc("GET /userinfo", o.userinfo)
	mux.HandleFunc("GET /how-long", o.session)
	mux.HandleFunc("POST /active", o.session)
	mux.HandleFunc("GET /ledger", o.ledger)
	mux.HandleFunc("POST /ledger/{id}/redeliver", o.ledger)
	o.server = httptest.NewServer(mux)
	t.Cleanup(o.server.Close)
	return o
}

func (o *op) issuer() string { return o.server.URL }

func (o *op) with(change func(*op)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change(o)
}

func (o *op) reads() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.keyReads
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (o *op) discovery(w http.ResponseWriter, _ *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	doc := map[string]any{
		"issuer":                                o.issuer(),
		"authorization_endpoint":                o.issuer() + "/authorize",
		"token_endpoint":                        o.issuer() + "/token",
		"userinfo_endpoint":                     o.issuer() + "/userinfo",
		"end_session_endpoint":                  o.issuer() + "/end-session",
		"jwks_uri":                              o.issuer() + "/jwks",
		"id_token_signing_alg_values_supported": []string{"ES256", "RS256"},
		"code_challenge_methods_supported":      []string{"S256"},
		"authorization_response_iss_parameter_supported": true,
		"claviger_session_endpoint":                      o.issuer() + "/how-long",
		"claviger_session_activity_endpoint":             o.issuer() + "/active",
		"claviger_logouts_endpoint":                      o.issuer() + "/ledger",
	}
	maps.Copy(doc, o.metadata)
	writeJSON(w, http.StatusOK, doc)
}

func (o *op) jwks(w http.ResponseWriter, _ *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keyReads++
	if o.keysDown {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var set jose.JSONWebKeySet
	for _, k := range o.published {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.key.Public(), KeyID: k.id, Algorithm: "ES256", Use: "sig"})
	}
	writeJSON(w, http.StatusOK, set)
}

func (o *op) authorize(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	q := r.URL.Query()
	o.authRequests = append(o.authRequests, q)
	answer := url.Values{"state": {q.Get("state")}, "iss": {o.issuer()}}
	switch o.responseIss {
	case "":
	case "-":
		answer.Del("iss")
	default:
		answer.Set("iss", o.responseIss)
	}
	if o.refusal != "" {
		answer.Set("error", o.refusal)
		answer.Set("error_description", "somebody's words")
	} else {
		code := "code-" + q.Get("state")[:8]
		o.challenges[code], o.nonces[code] = q.Get("code_challenge"), q.Get("nonce")
		answer.Set("code", code)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
}

func (o *op) token(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("grant_type") == "refresh_token" {
		var first func()
		o.with(func(o *op) { first, o.refreshing = o.refreshing, nil })
		if first != nil {
			first()
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	refuse := func(code string) { writeJSON(w, http.StatusBadRequest, map[string]string{"error": code}) }
	id, secret, ok := r.BasicAuth()
	if ok {
		o.basicAuth = []string{id, secret}
	} else {
		id = r.FormValue("client_id")
	}
	if id != "app" {
		refuse("invalid_client")
		return
	}
	now := o.clock.Now()
	claims := map[string]any{
		"iss": o.issuer(), "sub": "sub-1", "aud": id, "sid": "s1",
		"exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(), "auth_time": int64(1772355600),
	}
	switch r.FormValue("grant_type") {
	case "authorization_code":
		code := r.FormValue("code")
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if base64.RawURLEncoding.EncodeToString(sum[:]) != o.challenges[code] || o.challenges[code] == "" {
			refuse("invalid_grant")
			return
		}
		delete(o.challenges, code)
		claims["nonce"] = o.nonces[code]
		o.refresh = "refresh-0"
	case "refresh_token":
		if o.tokensDown {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if o.ended {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "The session has ended (idle)."})
			return
		}
		sent, after := r.FormValue("refresh_token"), now.Sub(o.rotated)
		switch {
		case sent == o.refresh:
			o.refreshes++
			o.before, o.rotated = sent, now
			o.refresh = "refresh-" + strings.Repeat("x", o.refreshes)
		case o.grace > 0 && sent == o.before && after <= o.grace:
			o.repeated = after
		default:
			o.reused, o.ended = o.reused+1, o.grace > 0
			refuse("invalid_grant")
			return
		}
		if o.losing--; o.losing >= 0 {
			panic(http.ErrAbortHandler)
		}
	default:
		refuse("unsupported_grant_type")
		return
	}
	maps.Copy(claims, o.idClaims)
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": "access", "token_type": "bearer", "expires_in": 300, "refresh_token": o.refresh,
		"id_token": o.signing.sign(o.t, "JWT", claims), "scope": "openid profile",
	})
}

// session answers as Claviger does, at addresses of its own.
func (o *op) session(w http.ResponseWriter, r *http.Request) {
	left := 600
	if r.Method == http.MethodPost {
		left = 1200
	}
	writeJSON(w, http.StatusOK, map[string]int{"expires_in": left, "absolute_expires_in": 36000, "idle_timeout": 1200})
}

// ledger has one line, for the application that shows who it is.
func (o *op) ledger(w http.ResponseWriter, r *http.Request) {
	if id, secret, _ := r.BasicAuth(); id != "app" || secret != "s3cret%2B%2F+" {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	line := map[string]any{"id": "sid-1.app", "sid": "sid-1", "reason": "idle", "state": "pending", "attempts": 3, "last_status": 503, "ended_at": "2026-03-01T08:15:00.2Z"}
	switch {
	case r.PathValue("id") == "sid-1.app":
		writeJSON(w, http.StatusAccepted, line)
	case r.PathValue("id") != "":
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "not_found"})
	case r.URL.RawQuery == "cursor=c&limit=10&state=pending":
		writeJSON(w, http.StatusOK, map[string]any{"logouts": []any{line}, "cursor": "sid-1.app"})
	default:
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
	}
}

func (o *op) userinfo(w http.ResponseWriter, r *http.Request) {
	var meanwhile func()
	o.with(func(o *op) { meanwhile, o.meanwhile = o.meanwhile, nil })
	if meanwhile != nil {
		meanwhile()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer access" {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"sub": o.userSub, "name": "Ada Quill"})
}

// application is a relying application that runs, with its clock.
type application struct {
	*relying.Application
	server  *httptest.Server
	handler http.Handler
	clock   *clock
	faults  []error
}

func newApplication(t *testing.T, o *op) *application {
	t.Helper()
	env := relying.Environment{HTTP: o.server.Client(), Now: o.clock.Now}
	provider, err := relying.Discover(t.Context(), env, o.issuer())
	if err != nil {
		t.Fatal(err)
	}
	a := &application{clock: o.clock}
	mux := http.NewServeMux()
	a.handler = mux
	a.server = httptest.NewServer(mux)
	t.Cleanup(a.server.Close)
	a.Application = &relying.Application{
		Provider: provider, ID: "app", Secret: "s3cret+/ ",
		RedirectURI:           a.server.URL + "/callback",
		PostLogoutRedirectURI: a.server.URL + "/bye",
		Scopes:                []string{"profile", "openid"},
		Sessions: &relying.Sessions{
			Limits: relying.Limits{Idle: 15 * time.Minute, Absolute: 12 * time.Hour}, Now: o.clock.Now,
		},
		Cookie: "app", Key: []byte("0123456789abcdef0123456789abcdef"),
		Fault: func(w http.ResponseWriter, _ *http.Request, err error) {
			a.faults = append(a.faults, err)
			http.Error(w, "no", http.StatusBadRequest)
		},
	}
	mux.HandleFunc("GET /login", a.Login)
	mux.HandleFunc("GET /callback", a.Callback)
	mux.HandleFunc("POST /logout", a.Logout)
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, _ := relying.SessionFrom(r.Context())
		writeJSON(w, http.StatusOK, map[string]any{
			"name": s.UserInfo.Text("name"), "left": s.Left(o.clock.Now()).Seconds(), "who_acts": s.IDToken.Actor.Person(), "delegation": s.IDToken.Delegation,
		})
	})
	mux.Handle("/page", a.Require(page))
	mux.HandleFunc("GET /poll", func(w http.ResponseWriter, r *http.Request) {
		s, ok := a.Session(r)
		writeJSON(w, http.StatusOK, map[string]any{"signed_in": ok, "left": s.Left(o.clock.Now()).Seconds()})
	})
	return a
}

// browser keeps cookies and follows redirects.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

func get(t *testing.T, b *http.Client, address string) (*http.Response, map[string]any) {
	t.Helper()
	res, err := b.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var body map[string]any
	_ = json.NewDecoder(res.Body).Decode(&body)
	return res, body
}
