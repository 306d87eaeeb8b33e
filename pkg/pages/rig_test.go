package pages_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/brand"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/mfa"
	"github.com/claviger-id/claviger/pkg/pages"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/embedded"
	"github.com/claviger-id/claviger/storage/sqlite"
)

const (
	origin      = "https://id.harbor.example"
	application = "https://portal.harbor.example"
	personal    = "seven quiet herons drift"
)

// rig is the pages on real stores, and one browser.
type rig struct {
	t      *testing.T
	at     time.Time
	pages  *pages.Pages
	mux    *web.Mux
	store  storage.Store
	people *person.Directory
	// clients are the applications: the portal, and what a test adds.
	clients *oidc.Clients
	log     *lockedBuffer
	// required is the class that policy asks of everybody.
	required string
	// shown is everything that was ever sent to the browser.
	shown bytes.Buffer
	// jar holds the browser's cookies, and kept those of interactions, by path, each
	// in the browser that got it.
	jar  map[string]string
	kept map[string]keptCookie
}

// keptCookie is what a browser keeps of an interaction.
type keptCookie struct{ browser, value string }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newRig(t *testing.T) *rig {
	t.Helper()
	g := &rig{t: t, at: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), jar: map[string]string{}, kept: map[string]keptCookie{}, log: &lockedBuffer{}}
	now := func() time.Time { return g.at }
	log := slog.New(slog.NewTextHandler(g.log, nil))
	dir := t.TempDir()
	store, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(dir, "d.db"), Key: make([]byte, 32), Now: now, Log: log, Migrate: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	ephemeral, err := embedded.Open(t.Context(), embedded.Options{Path: filepath.Join(dir, "e.db"), Key: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		if err := ephemeral.Close(); err != nil {
			t.Error(err)
		}
	})
	keys, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	g.store, g.people = store, &person.Directory{Keys: keys}
	g.pages = &pages.Pages{
		Interactions: &flow.Interactions{Store: ephemeral.Interactions(), Keys: keys, Now: now, TTL: 10 * time.Minute},
		Credentials: &credential.Service{
			Store: store, Attempts: ephemeral.Attempts(), Keys: keys, People: g.people,
			Hasher: hasher(t), Policy: password.Policy{MinLength: 15}, Now: now,
		},
		Sessions: &session.Service{
			Store: store, Ephemeral: ephemeral, Now: now, Log: log, TombstoneFor: time.Minute,
			Limits: session.Limits{Idle: 15 * time.Minute, SharedIdle: 5 * time.Minute, Absolute: 12 * time.Hour},
		},
		UserID:  g.userID,
		Cookies: web.Cookies{Secure: true},
		Brand:   brand.Brand{Name: "Harbor Health Plan", Help: map[string]string{"": "Call 555-0100."}}, Host: "id.harbor.example",
		Log: log,
	}
	ceremonies, err := mfa.NewPasskeys(origin, "Harbor Health Plan")
	if err != nil {
		t.Fatal(err)
	}
	g.pages.Factors = &factor.Service{
		Store: store, Attempts: ephemeral.Attempts(), Marks: ephemeral.Marks(), Passkeys: ceremonies, Keys: keys, Name: "Harbor Health Plan", Now: now,
	}
	g.pages.Bound = func(ctx context.Context, personID string) (flow.Bound, error) {
		has, err := g.pages.Factors.Bound(ctx, personID)
		return flow.Bound{TOTP: has.TOTP > 0, Passkey: has.Passkeys > 0, Required: g.required}, err
	}
	g.clients = &oidc.Clients{Store: store, Log: log}
	if err := g.clients.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.clients.Remember(storage.Client{ID: "portal", RedirectURIs: []string{application + "/callback"}})
	g.pages.Recall = func(ctx context.Context, s *flow.State, current *storage.Session) error {
		return g.provider().Recall(ctx, s, current)
	}
	g.pages.Stands = func(ctx context.Context, who flow.SignedIn) (bool, error) { return g.provider().Stands(ctx, who) }
	g.serve()
	return g
}

// provider is the protocol beside the pages as they are now, as far as they ask it.
func (g *rig) provider() *oidc.Provider {
	p := g.pages
	return &oidc.Provider{
		Delegations: &oidc.Delegations{Store: g.store, Clients: g.clients, Choices: p.Sessions.Ephemeral.Interactions(), Now: p.Sessions.Now},
		Clients:     g.clients, Subjects: oidc.Subjects{Keys: g.people.Keys}, Sessions: p.Sessions, Interactions: p.Interactions, Cookies: p.Cookies,
		Consents: &oidc.Consents{Store: g.store, Now: p.Sessions.Now}, People: g.people, Store: g.store, Now: p.Sessions.Now, ErrorPage: p,
		Bound: p.Bound, Strictest: p.Strictest, Agreement: p.Agreement,
	}
}

// serve makes the mux, of the pages as they are now.
func (g *rig) serve() {
	g.mux = web.NewBrowserMux(web.BrowserOptions{Log: g.pages.Log, Now: g.pages.Credentials.Now, Fault: g.pages.Fault, Secure: true})
	g.pages.Routes(g.mux)
}

func (g *rig) userID(ctx context.Context, id string) (userID string, err error) {
	err = g.store.View(ctx, func(tx storage.Tx) error {
		p, err := tx.People().Get(ctx, id)
		if err != nil {
			return err
		}
		profile, err := g.people.Open(p)
		userID = profile.UserID
		return err
	})
	return userID, err
}

// enroll adds a person and returns the temporary password.
func (g *rig) enroll(userID string) (id, temporary string) {
	g.t.Helper()
	ctx := g.t.Context()
	p := storage.Person{
		ID: secret.NewID(), Subject: secret.NewID(), State: storage.PersonApproved, CreatedAt: g.at, UpdatedAt: g.at,
	}
	err := g.store.Tx(ctx, func(tx storage.Tx) (err error) {
		if err := g.people.Seal(&p, person.Profile{UserID: userID, GivenName: "Jordan", FamilyName: "Smith"}); err != nil {
			return err
		}
		if err := tx.People().Insert(ctx, p); err != nil {
			return err
		}
		temporary, err = g.pages.Credentials.IssueTemporary(ctx, tx, p.ID, 72*time.Hour, audit.Actor{Type: "operator", ID: "test"})
		return err
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return p.ID, temporary
}

// begin starts an interaction in this browser.
func (g *rig) begin(change func(*flow.Request)) string {
	g.t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", origin+"/authorize", nil)
	for name, value := range g.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	browser := g.pages.Cookies.EnsureBrowser(w, r)
	g.keep(w.Result())
	request := flow.Request{
		ClientID: "portal", ClientName: "Harbor Provider Portal", RedirectURI: application + "/callback",
		Scopes: []string{"openid"}, ReceivedAt: g.at,
	}
	if change != nil {
		change(&request)
	}
	in, err := g.pages.Interactions.Begin(g.t.Context(), request, browser)
	if err != nil {
		g.t.Fatal(err)
	}
	kept, err := g.pages.Interactions.Keep(in)
	if err != nil {
		g.t.Fatal(err)
	}
	g.kept[flow.ResumePath(in.ID)] = keptCookie{browser, kept}
	return in.ID
}

// state is how far the interaction has come.
func (g *rig) state(id string) flow.State {
	g.t.Helper()
	in, err := g.pages.Interactions.Load(g.t.Context(), id, g.jar["__Host-claviger-browser"])
	if err != nil {
		g.t.Fatal(err)
	}
	return in.State
}

type answer struct {
	*http.Response
	text string
}

func (g *rig) get(path string) answer {
	return g.do(httptest.NewRequest("GET", origin+path, nil))
}

func (g *rig) post(path string, form url.Values) answer { return g.do(formPost(path, form)) }

// formPost is a form that a page of ours sends.
func formPost(path string, form url.Values) *http.Request {
	r := httptest.NewRequest("POST", origin+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

func (g *rig) do(r *http.Request) answer {
	g.t.Helper()
	for name, value := range g.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for path, kept := range g.kept {
		if strings.HasPrefix(r.URL.Path, path) && kept.browser == g.jar["__Host-claviger-browser"] {
			r.AddCookie(&http.Cookie{Name: "__Secure-claviger-kept", Value: kept.value})
		}
	}
	w := httptest.NewRecorder()
	g.mux.ServeHTTP(w, r)
	got := w.Result()
	g.keep(got)
	text, err := io.ReadAll(got.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	g.shown.Write(text)
	return answer{got, string(text)}
}

func (g *rig) keep(r *http.Response) {
	for _, c := range r.Cookies() {
		if c.Path != "/" {
			g.kept[c.Path] = keptCookie{g.jar["__Host-claviger-browser"], c.Value}
			continue
		}
		if c.MaxAge < 0 {
			delete(g.jar, c.Name)
			continue
		}
		g.jar[c.Name] = c.Value
	}
}

// want checks a status and where it leads.
func (g *rig) want(what string, got answer, status int, location string) {
	g.t.Helper()
	if got.StatusCode != status || got.Header.Get("Location") != location {
		g.t.Fatalf("%s: %d to %q, want %d to %q\n%s", what, got.StatusCode, got.Header.Get("Location"), status, location, got.text)
	}
}

// shows checks that a page holds the texts.
func (g *rig) shows(what string, got answer, texts ...string) {
	g.t.Helper()
	for _, text := range texts {
		if !strings.Contains(got.text, text) {
			g.t.Errorf("%s does not show %q:\n%s", what, text, got.text)
		}
	}
}

// hasher is at the floor of the parameters: these tests are not about cost.
func hasher(t *testing.T) *password.Hasher {
	t.Helper()
	h, err := password.NewHasher(password.Params{MemoryKiB: 19 << 10, Iterations: 2, Parallelism: 1}, 64, 2)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
