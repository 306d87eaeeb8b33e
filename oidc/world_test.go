package oidc_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/oidc/clientauth"
	"github.com/claviger-id/claviger/oidc/clientkeys"
	"github.com/claviger-id/claviger/oidc/device"
	"github.com/claviger-id/claviger/oidc/dpop"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/oidc/fositeop"
	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

var (
	begun = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	quiet = slog.New(slog.DiscardHandler)
)

// clock is moved by the tests.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	since time.Time // it goes by itself since then, when it does
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.since.IsZero() {
		return c.at.Add(time.Since(c.since)).Truncate(time.Microsecond)
	}
	return c.at
}

// run lets the clock go by itself.
func (c *clock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
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

// world is the protocol over HTTP.
type world struct {
	*oidc.Provider
	credentials *credential.Service
	agreements  *agreement.Service
	t           *testing.T
	stores      stores
	clock       *clock
	server      *httptest.Server
	trips       trips
	// expectDown says that answers with a status of 503 are what is tested.
	expectDown bool
	logged     *bytes.Buffer
	person     storage.Person
	// signsIn is who comes to the sign-in page instead, if anybody.
	signsIn *storage.Person
	// has is what the person has besides the password.
	has flow.Bound
	// asked is what policy asks of other people, by id.
	asked map[string]string
}

func newWorld(t *testing.T, on stores) *world {
	t.Helper()
	keyring := sharedKeyring()
	w := &world{t: t, stores: on, clock: &clock{at: begun}, logged: &bytes.Buffer{}}
	file, short := on(t, w.clock.now)
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
	grants := &oidc.Grants{
		Store: durable, Marks: ephemeral.Marks(), TombstoneFor: 10 * time.Minute, Now: w.clock.now,
		EndSession: func(ctx context.Context, id string) error { return sessions.End(ctx, id, session.ReasonRefreshReuse) },
	}
	subjects := oidc.Subjects{Keys: keyring}
	access := oidc.AccessTokens{Issuer: issuer, Keys: ring, Store: durable, Marks: ephemeral.Marks(), Now: w.clock.now}
	people := &person.Directory{Keys: keyring}
	loopback, err := outbound.ParseNetworks([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	clientKeys := &clientkeys.Cache{Fetch: outbound.New(outbound.Options{Allow: loopback}), Now: w.clock.now}
	devices := &device.Authorizations{Store: ephemeral.Interactions(), Keys: keyring, Now: w.clock.now}
	out := outbound.New(outbound.Options{Allow: loopback})
	logouts := &backchannel.Logouts{Store: durable, Clients: clients, Keys: ring, Subjects: subjects, Out: out, Issuer: issuer, Now: w.clock.now, Log: quiet}
	sessions.Ended = logouts.Enroll
	logouts.Finish = sessions.Finish
	w.credentials = &credential.Service{Store: durable, Keys: keyring, People: people, Now: w.clock.now, Log: quiet, SessionLife: 12 * time.Hour}
	w.agreements = &agreement.Service{Store: durable, People: people, Roles: nobodysRoles, Sessions: sessions, Now: w.clock.now, Log: quiet}
	if err := w.agreements.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Provider = &oidc.Provider{
		Agreement: w.agreed,
		Logouts:   logouts, Devices: devices, Attempts: ephemeral.Attempts(),
		Auth: &clientauth.Authenticator{
			Issuer: issuer, TokenEndpoint: issuer + "/token", Clients: clients, Keys: clientKeys, Marks: ephemeral.Marks(), Now: w.clock.now,
		},
		Proofs: &dpop.Verifier{Marks: ephemeral.Marks(), Keys: keyring, Now: w.clock.now},
		Access: access, Subjects: subjects, ClientKeys: clientKeys, Requests: ephemeral.Interactions(),
		Certificates: web.ClientCertificates{Header: true, Proxies: web.Proxies{Trusted: loopback}},
		Issuer:       issuer, Clients: clients, Grants: grants, Consents: &oidc.Consents{Store: durable, Marks: ephemeral.Marks(), TombstoneFor: 10 * time.Minute, Now: w.clock.now}, Sessions: sessions, Keys: ring, Store: durable, Marks: ephemeral.Marks(),
		Interactions: &flow.Interactions{Store: ephemeral.Interactions(), Keys: keyring, Now: w.clock.now, TTL: 30 * time.Minute},
		People:       people, ErrorPage: errorPage{}, Languages: []string{"en", "es"}, Now: w.clock.now,
		Engine: fositeop.New(fositeop.Options{
			Assertions: oidc.AssertionGrants{
				Issuer: issuer, TokenEndpoint: issuer + "/token", Keys: clientKeys, Marks: ephemeral.Marks(), Now: w.clock.now,
			},
			Passwords: w.credentials, Agreements: w.agreements,
			Barred: func(ctx context.Context, tx storage.Tx, c storage.Client, personID string) (bool, error) {
				return oidc.Barred(ctx, tx, people, c, personID)
			},
			Required:  w.required,
			Strictest: flow.ACRPhishingResistant,
			Devices:   devices, Subjects: subjects, Tokens: access, Profiles: oidc.Profiles{Store: durable, People: people},
			Issuer: issuer, Clients: clients, Grants: grants, Codes: ephemeral.Codes(), Sessions: sessions,
			Ring: ring, Keyring: keyring, CodeLife: time.Minute, TokenLife: 5 * time.Minute, GrantLife: 24 * time.Hour, Now: w.clock.now,
		}),
	}
	w.Delegations = &oidc.Delegations{
		Store: durable, Clients: clients, Marks: ephemeral.Marks(), Choices: ephemeral.Interactions(), TombstoneFor: 10 * time.Minute,
		Sessions: sessions, Logouts: logouts, Required: w.required, Refuses: w.agreements.Refuses, Now: w.clock.now,
	}
	grants.Refuses = w.agreements.Refuses
	w.Bound = func(context.Context, string) (flow.Bound, error) { return w.has, nil }
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
	browser.Handle("POST /interaction/{id}/second-factor", w.factorPage)
	browser.Handle("POST /interaction/{id}/consent", w.consentPage)
	browser.Handle("POST /interaction/{id}/choose-account", w.accountPage)
	browser.Handle("POST /interaction/{id}/act-for", w.actForPage)
	browser.Handle("GET /own", w.ownPage)
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

// another is a new world on stores of the same kind.
func (w *world) another(t *testing.T) *world {
	t.Helper()
	return newWorld(t, w.stores)
}

// run is a subtest in this world.
func (w *world) run(name string, test func(*testing.T)) {
	outer := w.t
	outer.Helper()
	outer.Run(name, func(t *testing.T) {
		w.t = t
		defer func() { w.t = outer }()
		test(t)
	})
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

// required is what policy asks of a person.
func (w *world) required(_ context.Context, _ storage.Tx, personID string) (string, error) {
	if class, ok := w.asked[personID]; ok {
		return class, nil
	}
	return w.has.Required, nil
}

// nobodysRoles has people without roles.
func nobodysRoles(context.Context, storage.Tx, string) ([]string, error) { return nil, nil }
