package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// callWorld is an installation that listens, and wants a nonce of its own in every proof.
type callWorld struct {
	t           *testing.T
	config, key string
	url         string
	api         *httptest.Server

	mu sync.Mutex
	// tokens are the requests for tokens, calls the headers of those to the API that came
	// with one.
	tokens []url.Values
	calls  []http.Header
	// lose has the answer to the next call that is answered get lost, stop the call for
	// every page of a list after the first.
	lose, stop bool
}

func newCallWorld(t *testing.T) *callWorld {
	t.Helper()
	dir := t.TempDir()
	public := httptest.NewUnstartedServer(nil)
	w := &callWorld{
		t: t, api: httptest.NewUnstartedServer(nil), config: filepath.Join(dir, "claviger.toml"), key: filepath.Join(dir, "key.json"),
	}
	w.url = "http://" + w.api.Listener.Addr().String()
	text := fmt.Sprintf("[public]\nissuer = \"http://%[1]s\"\nlisten = %[1]q\n[admin]\nlisten = %[2]q\n[tokens]\nrequire_dpop_nonce = true\n[password]\nmemory_mib = 19\niterations = 2\nparallelism = 1\nbudget_mib = 19\n[log]\nlevel = \"error\"\n[data]\ndirectory = %[3]q\n",
		public.Listener.Addr(), w.api.Listener.Addr(), filepath.Join(dir, "data"))
	if err := os.WriteFile(w.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &program{
		stdin: strings.NewReader(""), stdout: io.Discard, stderr: os.Stderr, configFile: w.config,
		now: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	}
	in, err := p.open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.close() })
	if err := p.bootstrap(t.Context(), in, firstOperator{keyOut: w.key, clientID: bootstrapClient}); err != nil {
		t.Fatal(err)
	}
	w.fill(in)
	ephemeral, _, err := in.openEphemeral(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ephemeral.Close() })
	s, err := in.assemble(t.Context(), ephemeral)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&keys.Ring{Store: in.store, Keys: in.keyring, Now: in.now, Log: in.log}).Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	public.Config.Handler, w.api.Config.Handler = w.watchTokens(s.public.Handler), w.watchCalls(s.admin.Handler)
	public.Start()
	t.Cleanup(public.Close)
	w.api.Start()
	t.Cleanup(w.api.Close)
	return w
}

// fill makes people, person0 to person6.
func (w *callWorld) fill(in *installation) {
	w.t.Helper()
	people := &person.Directory{Keys: in.keyring}
	if err := in.store.Tx(w.t.Context(), func(tx storage.Tx) error {
		for i := range 7 {
			p := storage.Person{ID: secret.NewID(), Subject: secret.NewID(), State: storage.PersonActive, CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1}
			if err := people.Seal(&p, person.Profile{UserID: fmt.Sprint("person", i), GivenName: "Ana", FamilyName: "Péréz"}); err != nil {
				return err
			}
			if err := tx.People().Insert(w.t.Context(), p); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *callWorld) watchTokens(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if form, err := url.ParseQuery(string(body)); err == nil && r.URL.Path == "/token" {
			w.mu.Lock()
			w.tokens = append(w.tokens, form)
			w.mu.Unlock()
		}
		next.ServeHTTP(rw, r)
	})
}

func (w *callWorld) watchCalls(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		if r.Header.Get("Authorization") != "" {
			w.calls = append(w.calls, r.Header.Clone())
		}
		lose, stop := w.lose, w.stop && r.URL.Query().Has("cursor")
		w.mu.Unlock()
		if stop {
			panic(http.ErrAbortHandler)
		}
		if !lose {
			next.ServeHTTP(rw, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if answer.Code != http.StatusCreated {
			for name, values := range answer.Header() {
				rw.Header()[name] = values
			}
			rw.WriteHeader(answer.Code)
			_, _ = rw.Write(answer.Body.Bytes())
			return
		}
		w.mu.Lock()
		w.lose = false
		w.mu.Unlock()
		panic(http.ErrAbortHandler) // it is done, and the connection breaks
	})
}

// call runs the command, and sees that it shows nothing that is secret.
func (w *callWorld) call(stdin string, args ...string) (code int, stdout, stderr string) {
	w.t.Helper()
	var out, diagnostics bytes.Buffer
	code = run(w.t.Context(), append([]string{"admin", "call", "--config", w.config, "--key", w.key}, args...), strings.NewReader(stdin), &out, &diagnostics)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.calls {
		if token := strings.TrimPrefix(h.Get("Authorization"), "DPoP "); strings.Contains(out.String()+diagnostics.String(), token) {
			w.t.Errorf("%v: the token is shown", args)
		}
	}
	return code, out.String(), diagnostics.String()
}

// ok is a call that succeeds.
func (w *callWorld) ok(args ...string) string {
	w.t.Helper()
	code, stdout, stderr := w.call("", args...)
	if code != exitOK || stderr != "" {
		w.t.Fatalf("%v: exit code %d, stderr %q", args, code, stderr)
	}
	return stdout
}

// fails is a call that does not succeed, and says so in certain words.
func (w *callWorld) fails(want int, says string, args ...string) {
	w.t.Helper()
	code, stdout, stderr := w.call("", args...)
	if code != want || stdout != "" || !strings.HasPrefix(stderr, "claviger: ") || !strings.Contains(stderr, says) {
		w.t.Errorf("%v: exit code %d, stdout %q, stderr %q; it does not say %q", args, code, stdout, stderr, says)
	}
}

// TestAdminCall: what an operator does with the admin API from a shell.
func TestAdminCall(t *testing.T) {
	w := newCallWorld(t)
	id := strings.TrimSpace(w.ok("GET", "/v1/people", "--query", "user_id=person3", "--pointer", "/items/0/id"))
	var shown struct {
		ID     string
		UserID string `json:"user_id"`
	}
	if err := json.Unmarshal([]byte(w.ok("get", "/v1/people/"+id)), &shown); err != nil || shown.ID != id || shown.UserID != "person3" {
		t.Errorf("%+v %v", shown, err)
	}

	// A token is for this operation alone, and comes after a nonce has been given.
	last := w.tokens[len(w.tokens)-1]
	if last.Get("scope") != "admin:people.read" || last.Get("resource") != w.url || last.Get("grant_type") != "client_credentials" {
		t.Errorf("a token was asked for with %v", last)
	}
	if len(w.tokens) != 4 || len(w.calls) != 4 { // two commands, each once without a nonce and once with it
		t.Errorf("%d requests for tokens, %d calls", len(w.tokens), len(w.calls))
	}

	// What is changed is named by its version, with the quotes or without.
	tag := strings.TrimSpace(w.ok("GET", "/v1/people/"+id, "--print-header", "ETag"))
	if tag != `"1"` {
		t.Fatalf("ETag %s", tag)
	}
	body := `{"reason":"left_practice"}`
	w.fails(exitFailed, "428 Precondition Required: Say in If-Match", "POST", "/v1/people/"+id+"/suspend", "--body", body)
	if got := w.ok("POST", "/v1/people/"+id+"/suspend", "--if-match", tag, "--body", body, "--pointer", "/state"); got != "suspended\n" {
		t.Errorf("suspended: %q", got)
	}
	w.fails(exitFailed, "412 Precondition Failed: It was changed since.", "POST", "/v1/people/"+id+"/reinstate", "--if-match", "1", "--body", body)
	file := filepath.Join(t.TempDir(), "body.json")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := w.ok("POST", "/v1/people/"+id+"/reinstate", "--if-match", "2", "--body", "@"+file, "--include"); !strings.HasPrefix(got, "HTTP 200 OK\n") ||
		!strings.Contains(got, "\nEtag: \"3\"\n") || !strings.HasSuffix(got, "\"state\":\"approved\"}\n") {
		t.Errorf("reinstated: %s", got)
	}
	code, stdout, stderr := w.call(body, "POST", "/v1/people/"+id+"/suspend", "--if-match", "3", "--body", "-")
	if code != exitOK || !strings.Contains(stdout, `"suspended"`) {
		t.Errorf("from stdin: %d %s %s", code, stdout, stderr)
	}

	// Lists are read to their end, over all pages.
	if got := w.ok("GET", "/v1/people?limit=2", "--all"); strings.Count(got, "\n") != 7 || strings.Count(got, `{"id":"`) != 7 {
		t.Errorf("the list:\n%s", got)
	}
	if got := w.ok("GET", "/v1/people", "--all", "--query", "limit=3", "--query", "state=active", "--pointer", "/user_id"); strings.Count(got, "person") != 6 || strings.Contains(got, "person3") {
		t.Errorf("the User IDs:\n%s", got)
	}
	w.stop = true
	code, stdout, stderr = w.call("", "GET", "/v1/people?limit=4", "--all", "--pointer", "/id")
	_, told, ok := strings.Cut(stderr, "\nThe list goes on with --query ")
	if w.stop = false; code != exitFailed || strings.Count(stdout, "\n") != 4 || !ok {
		t.Fatalf("a list that stops: %d %q %q", code, stdout, stderr)
	}
	if got := w.ok("GET", "/v1/people?limit=4", "--all", "--pointer", "/id", "--query", strings.TrimSpace(told)); strings.Count(got, "\n") != 3 || strings.Contains(stdout, strings.Fields(got)[0]) {
		t.Errorf("it goes on with:\n%s", got)
	}
	w.fails(exitUsage, "no list that is read page by page", "GET", "/v1/people/"+id, "--all")

	// What is refused is told as the problem document tells it.
	w.fails(exitFailed, "404 Not Found: There is no such account.\n  type: urn:claviger:problem:not_found\n  instance: urn:claviger:request:", "GET", "/v1/people/"+strings.Repeat("a", 26))
	w.fails(exitFailed, "422 Unprocessable Entity", "POST", "/v1/people/"+id+"/suspend", "--if-match", "4", "--body", `{"reason":"No"}`)
	w.fails(exitFailed, "\n  body.reason: expected string to be a code such as left_practice", "POST", "/v1/people/"+id+"/suspend", "--if-match", "4", "--body", `{"reason":"No"}`)
	w.fails(exitFailed, "\n  path.id: expected string to be an id of 26 letters and digits, as lists and answers show it; a User ID", "GET", "/v1/people/person3")
	w.fails(exitFailed, "\n  query.person: expected string to be an id of 26 letters", "GET", "/v1/sessions", "--query", "person=person3")
	w.fails(exitFailed, "\n  body.person: expected string to be an id of 26 letters", "POST", "/v1/operators", "--body", `{"person":"person3","role":"auditor","reason":"new_duty"}`)
	w.fails(exitFailed, "404 Not Found", "GET", "/v1/nowhere")
	w.fails(exitFailed, "403 Forbidden: The access token lacks the scope admin:people.read.", "GET", "/v1/people", "--scope", "admin:jobs.read")
	w.fails(exitFailed, "invalid_scope", "GET", "/v1/people", "--scope", "admin:everything")
	w.fails(exitFailed, "there is nothing at /items/9/id", "GET", "/v1/people", "--pointer", "/items/9/id")
	w.fails(exitFailed, "no header Location", "GET", "/v1/people", "--print-header", "Location")
}

// TestAdminCallOnce: what makes something is sent under a key, which is told when the
// answer is lost; the same under that key is done once.
func TestAdminCallOnce(t *testing.T) {
	w := newCallWorld(t)
	lake := []string{"POST", "/v1/organizations", "--body", `{"name":"Lake","kind":"practice","ceiling":["nurse"]}`}
	w.lose = true
	code, stdout, stderr := w.call("", lake...)
	_, told, ok := strings.Cut(stderr, "The same again with --idempotency-key ")
	key, _, _ := strings.Cut(told, " ")
	if code != exitFailed || stdout != "" || !ok {
		t.Fatalf("a lost answer: %d %q %q", code, stdout, stderr)
	}
	if got := w.ok(append(lake, "--idempotency-key", key, "--include")...); !strings.HasPrefix(got, "HTTP 201 Created\n") || !strings.Contains(got, "\nIdempotency-Replayed: true\n") {
		t.Errorf("the same again: %s", got)
	}
	if got := w.ok("GET", "/v1/organizations", "--all"); strings.Count(got, "Lake") != 1 {
		t.Errorf("there are:\n%s", got)
	}
	w.ok(lake[0], lake[1], "--body", `{"name":"River","kind":"practice","ceiling":["nurse"]}`) // under another key
}

// TestAdminCallRefusals: what is wrong on this side is told in words, before anything is
// sent where it can be.
func TestAdminCallRefusals(t *testing.T) {
	w := newCallWorld(t)
	dir := t.TempDir()
	write := func(name string, text []byte, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key, err := os.ReadFile(w.key)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	another, err := json.Marshal(jose.JSONWebKey{Key: drawn, KeyID: secret.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	public, err := json.Marshal(jose.JSONWebKey{Key: drawn.Public()})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		want int
		says string
		args []string
	}{
		"another key":          {exitFailed, "the issuer does not take the key for one of claviger-admin", []string{"GET", "/v1/people", "--key", write("another.json", another, 0o600)}},
		"another application":  {exitFailed, "the issuer does not take the key for one of portal", []string{"GET", "/v1/people", "--client", "portal"}},
		"a public key":         {exitFailed, "this is a public key", []string{"GET", "/v1/people", "--key", write("public.json", public, 0o600)}},
		"no key":               {exitFailed, "this is no JSON Web Key", []string{"GET", "/v1/people", "--key", write("none.json", []byte("{}"), 0o600)}},
		"no file":              {exitFailed, "there is no file", []string{"GET", "/v1/people", "--key", filepath.Join(dir, "nowhere.json")}},
		"a key for everybody":  {exitFailed, "can be read by everybody on this machine", []string{"GET", "/v1/people", "--key", write("open.json", key, 0o604)}},
		"an open network":      {exitUsage, "others could read along", []string{"GET", "/v1/people", "--url", "http://192.0.2.7:8081"}},
		"an open issuer":       {exitUsage, "others could read along", []string{"GET", "/v1/people", "--issuer", "http://id.example.org"}},
		"another name":         {exitFailed, "goes by the name " + w.url, []string{"GET", "/v1/people", "--url", strings.Replace(w.url, "127.0.0.1", "localhost", 1)}},
		"not the API":          {exitFailed, "is no admin API", []string{"GET", "/v1/people", "--url", w.issuer()}},
		"not the issuer":       {exitFailed, "is no issuer of tokens", []string{"GET", "/v1/people", "--issuer", w.url}},
		"another method":       {exitUsage, "the method is GET, POST", []string{"FETCH", "/v1/people"}},
		"an address":           {exitUsage, "the path begins with /", []string{"GET", "http://127.0.0.1:8081/v1/people"}},
		"two addresses":        {exitUsage, "the path begins with /", []string{"GET", "//elsewhere.example.org/v1/people"}},
		"half a query":         {exitUsage, "name=value is expected", []string{"GET", "/v1/people", "--query", "limit"}},
		"a body of a GET":      {exitUsage, "a GET has no body", []string{"GET", "/v1/people", "--body", "{}"}},
		"no JSON":              {exitUsage, "the body is not JSON", []string{"POST", "/v1/people", "--body", "{reason:x}"}},
		"a header of two":      {exitUsage, "cannot stand in a header", []string{"POST", "/v1/people", "--idempotency-key", "a\r\nb: c"}},
		"a list that is made":  {exitUsage, "its method is GET", []string{"POST", "/v1/people", "--all"}},
		"a pointer of nothing": {exitUsage, "begins with /", []string{"GET", "/v1/people", "--pointer", "items"}},
		"no body there":        {exitFailed, "there is no file", []string{"POST", "/v1/people", "--body", "@" + filepath.Join(dir, "nowhere.json")}},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.fails(test.want, test.says, test.args...)
		})
	}
	w.t = t
	if len(w.calls) > 0 {
		t.Errorf("%d calls came with a token", len(w.calls))
	}
	w.api.Close()
	w.fails(exitFailed, "there is no answer from "+w.url+": is the server running?", "GET", "/v1/people")
}

// issuer is that of the installation.
func (w *callWorld) issuer() string {
	w.t.Helper()
	p := &program{configFile: w.config}
	c, err := p.load()
	if err != nil {
		w.t.Fatal(err)
	}
	return c.Public.Issuer
}

func TestPointed(t *testing.T) {
	document := []byte(`{"items":[{"id":"a","n":1.50,"none":null}],"a/b":{"~":"tilde"},"":"empty"}`)
	for pointer, want := range map[string]string{
		"/items/0/id": `"a"`, "/items/0/n": "1.50", "/a~1b/~0": `"tilde"`, "/": `"empty"`, "/items/0/none": "null",
		"/items/1": "", "/items/-1": "", "/items/x": "", "/items/0/id/0": "", "/nothing": "",
	} {
		got, err := pointed(document, pointer)
		if string(got) != want || (err != nil) != (want == "") {
			t.Errorf("%s: %s %v", pointer, got, err)
		}
	}
}
