package main

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

const (
	adminIssuer = "http://localhost:18080"
	adminURL    = "http://127.0.0.1:18081"
)

// adminWorld is a whole installation, put together as serve does.
type adminWorld struct {
	t      testing.TB
	in     *installation
	server *server
	key    jose.JSONWebKey
	ring   *keys.Ring
	people []string // ids

	ephemeral storage.Ephemeral
	// from is where the next request comes from; each from another address, unless a
	// test says so.
	from    string
	senders atomic.Uint32
	// configFile is what commands beside it are given.
	configFile string
}

// onBothStores runs a test on an installation of each combination of stores,
// with a client for each role beside the first operator.
func onBothStores(t *testing.T, test func(*testing.T, *adminWorld)) {
	for _, backend := range []string{"embedded", "postgres+redis"} {
		t.Run(backend, func(t *testing.T) { test(t, newAdminWorld(t, backend)) })
	}
}

func newAdminWorld(t testing.TB, backend string) *adminWorld {
	t.Helper()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := fmt.Sprintf("[public]\nissuer = %q\n[admin]\nlisten = \"127.0.0.1:18081\"\ncalls_per_minute = 1000000\n[password]\nmemory_mib = 19\niterations = 2\nparallelism = 1\nbudget_mib = 19\n[webhook]\nurl = \"https://hooks.example.org/\"\nsecrets_file = %q\n[log]\nlevel = \"error\"\n[data]\ndirectory = %q\n",
		adminIssuer, file("webhook.secret", "whsec_"+base64.StdEncoding.EncodeToString(make([]byte, 32))+"\n"), filepath.Join(dir, "data"))
	if backend != "embedded" {
		text += fmt.Sprintf("root_key_file = %q\npostgres_url_file = %q\nredis_url_file = %q\n",
			file("root.key", secret.NewRoot().Text()+"\n"), file("postgres.url", teststores.Schema(t)), file("redis.url", teststores.Given(t, teststores.Redis)))
	}
	p := &program{
		stdin: strings.NewReader(""), stdout: io.Discard, stderr: os.Stderr, configFile: file("claviger.toml", text),
		now: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	}
	in, err := p.open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.close() })
	w := &adminWorld{t: t, in: in, configFile: p.configFile}
	keyFile := filepath.Join(dir, "key.json")
	if err := p.bootstrap(t.Context(), in, firstOperator{keyOut: keyFile, clientID: bootstrapClient}); err != nil {
		t.Fatal(err)
	}
	if err := p.bootstrap(t.Context(), in, firstOperator{keyOut: keyFile + "2", clientID: "other"}); !errors.Is(err, errOperatorThere) {
		t.Fatalf("a second first operator: %v", err)
	}
	private, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(private, &w.key); err != nil {
		t.Fatal(err)
	}
	w.fill()
	ephemeral, _, err := in.openEphemeral(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ephemeral.Close() })
	w.ephemeral = ephemeral
	if w.server, err = in.assemble(t.Context(), ephemeral); err != nil {
		t.Fatal(err)
	}
	w.ring = &keys.Ring{Store: in.store, Keys: in.keyring, Now: in.now, Log: in.log}
	if err := w.ring.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// fill makes people, and a client for each role.
func (w *adminWorld) fill() {
	w.t.Helper()
	people := &person.Directory{Keys: w.in.keyring}
	if err := w.in.store.Tx(w.t.Context(), func(tx storage.Tx) error {
		for i := range 7 {
			p := storage.Person{ID: secret.NewID(), Subject: secret.NewID(), State: storage.PersonActive, CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1}
			if err := people.Seal(&p, person.Profile{
				UserID: fmt.Sprint("person", i), GivenName: "Ana", FamilyName: "Péréz", Email: fmt.Sprintf("ana%d@example.org", i),
			}); err != nil {
				return err
			}
			if err := tx.People().Insert(w.t.Context(), p); err != nil {
				return err
			}
			w.people = append(w.people, p.ID)
		}
		first, err := tx.Clients().Get(w.t.Context(), bootstrapClient)
		if err != nil {
			return err
		}
		for _, role := range append(admin.Roles(), "nobody") {
			c := first
			c.ID, c.Name = "role-"+string(role), string(role)
			if err := tx.Clients().Insert(w.t.Context(), c); err != nil {
				return err
			}
			if role == "nobody" {
				continue
			}
			if err := tx.Operators().Appoint(w.t.Context(), storage.Operator{
				Kind: storage.OperatorClient, ID: c.ID, Role: string(role), AppointedAt: tx.Now(), AppointedBy: "test",
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
}

// sign makes a JWT with the key that all clients here share.
func (w *adminWorld) sign(typ string, embed bool, claims map[string]any) string {
	w.t.Helper()
	options := (&jose.SignerOptions{EmbedJWK: embed}).WithType(jose.ContentType(typ))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: w.key}, options)
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		w.t.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		w.t.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		w.t.Fatal(err)
	}
	return compact
}

func (w *adminWorld) proof(method, address, token string) string {
	claims := map[string]any{"htm": method, "htu": address, "jti": secret.NewID(), "iat": w.in.now().Unix()}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return w.sign("dpop+jwt", true, claims)
}

// token gets an access token from the token endpoint.
func (w *adminWorld) token(clientID, scope string) string {
	w.t.Helper()
	form := url.Values{
		"grant_type": {"client_credentials"}, "scope": {scope}, "client_id": {clientID},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion": {w.sign("JWT", false, map[string]any{
			"iss": clientID, "sub": clientID, "aud": adminIssuer, "jti": secret.NewID(), "iat": w.in.now().Unix(), "exp": w.in.now().Add(time.Minute).Unix(),
		})},
	}
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, adminIssuer+"/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("DPoP", w.proof(http.MethodPost, adminIssuer+"/token", ""))
	answer := httptest.NewRecorder()
	w.server.public.Handler.ServeHTTP(answer, r)
	var out struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil || out.Type != "DPoP" {
		w.t.Fatalf("token: %d %s %v", answer.Code, answer.Body, err)
	}
	return out.Token
}

// call sends a request to the admin API with a token that is bound to the key.
func (w *adminWorld) call(method, target, token string, body []byte, header map[string]string) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.send(httptest.NewRequestWithContext(w.t.Context(), method, adminURL+target, bytes.NewReader(body)), token, body != nil, header)
}

// callReader is call with a body that comes bit by bit.
func (w *adminWorld) callReader(method, target, token string, body io.Reader) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.send(httptest.NewRequestWithContext(w.t.Context(), method, adminURL+target, body), token, true, nil)
}

func (w *adminWorld) send(r *http.Request, token string, body bool, header map[string]string) *httptest.ResponseRecorder {
	w.t.Helper()
	method, target := r.Method, r.URL.Path
	if token != "" {
		r.Header.Set("Authorization", "DPoP "+token)
		r.Header.Set("DPoP", w.proof(method, adminURL+r.URL.EscapedPath(), token))
	}
	if body {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	if r.RemoteAddr = w.from; w.from == "" {
		n := w.senders.Add(1)
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:443", n>>16, n>>8&255, n&255)
	}
	answer := httptest.NewRecorder()
	w.server.admin.Handler.ServeHTTP(answer, r)
	if answer.Code >= 400 {
		var d struct {
			Type, Title, Instance string
			Status                int
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &d); err != nil || d.Status != answer.Code || !strings.HasPrefix(d.Type, "urn:claviger:problem:") ||
			d.Title == "" || d.Instance != "urn:claviger:request:"+answer.Header().Get("X-Request-Id") || answer.Header().Get("Content-Type") != "application/problem+json" {
			w.t.Errorf("%s %s: not a problem document: %d %v %s", method, target, answer.Code, answer.Header(), answer.Body)
		}
	}
	return answer
}

// event is what a request left in the audit log last.
func (w *adminWorld) event(answer *httptest.ResponseRecorder) (found storage.AuditEvent) {
	w.t.Helper()
	for _, e := range w.events(answer) {
		found = e
	}
	return found
}

// events are all that a request left in the audit log.
func (w *adminWorld) events(answer *httptest.ResponseRecorder) (found []storage.AuditEvent) {
	w.t.Helper()
	if err := w.in.store.View(w.t.Context(), func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(w.t.Context(), 10000) // nothing gives them a place here
		for _, e := range all {
			if strings.Contains(string(e.Body), `"request_id":"`+answer.Header().Get("X-Request-Id")+`"`) {
				found = append(found, e)
			}
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return found
}

// thumbprint is that of the key that all clients here share.
func (w *adminWorld) thumbprint() string {
	w.t.Helper()
	sum, err := w.key.Thumbprint(crypto.SHA256)
	if err != nil {
		w.t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}
