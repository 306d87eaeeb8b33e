package e2e

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// suiteFile is a configuration for the conformance suite, as far as we use it.
type suiteFile struct {
	Server struct {
		Discovery string `json:"discoveryUrl"`
	} `json:"server"`
	Client  suiteClient `json:"client"`
	Client2 suiteClient `json:"client2"`
	Post    suiteClient `json:"client_secret_post"`
	MTLS    struct{ Cert, Key string }
	Browser []struct {
		Match string
		Tasks []struct {
			Match    string
			Optional bool
			Commands [][]any
		}
	}
	Override map[string]json.RawMessage
}

type suiteClient struct {
	ID     string             `json:"client_id"`
	Secret string             `json:"client_secret"`
	Scope  string             `json:"scope"`
	JWKS   jose.JSONWebKeySet `json:"jwks"`
}

// suite stands for the conformance suite: an address to come back to.
type suite struct {
	t         *testing.T
	server    *httptest.Server
	issuer    string
	transport *http.Transport
	told      chan string // logout tokens
}

// TestConformanceInstance runs the instance that the conformance suite is run
// against, and does with every configuration that it writes what the suite
// begins with: the steps of the browser, a code, tokens.
func TestConformanceInstance(t *testing.T) {
	t.Parallel()
	s := &suite{t: t, told: make(chan string, 10)}
	s.server = httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/backchannel_logout") {
			_ = r.ParseForm()
			s.told <- r.PostForm.Get("logout_token")
		}
	}))
	t.Cleanup(s.server.Close)
	dir := t.TempDir()
	ca := filepath.Join(dir, "suite.crt")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	s.issuer = "https://localhost:" + port(address)
	run, out := filepath.Join(dir, "run"), filepath.Join(dir, "out")
	startProgram(t, "conformance", "-claviger", filepath.Join(programs, "claviger"), "-dir", run, "-out", out,
		"-listen", address, "-issuer", s.issuer, "-suite", s.server.URL, "-suite-ca", ca)
	names := []string{"connect", "logout", "backchannel", "fapi2-dpop", "fapi2-signed", "fapi2-bound", "fapi2-mtls"}
	files := map[string]suiteFile{}
	for deadline := time.Now().Add(6 * patience); len(files) < len(names) && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		for _, name := range names {
			var f suiteFile
			text, err := os.ReadFile(filepath.Join(out, name+".json"))
			if err == nil && json.Unmarshal(text, &f) == nil {
				files[name] = f
			}
		}
	}
	if len(files) < len(names) {
		t.Fatalf("%d of %d configurations were written", len(files), len(names))
	}
	root, err := os.ReadFile(filepath.Join(run, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(root)
	s.transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	for name, f := range files {
		t.Run(name, func(t *testing.T) {
			inner := *s
			inner.t, inner.transport = t, s.transport.Clone()
			if f.MTLS.Cert != "" {
				pair, err := tls.X509KeyPair([]byte(f.MTLS.Cert), []byte(f.MTLS.Key))
				if err != nil {
					t.Fatal(err)
				}
				inner.transport.TLSClientConfig.Certificates = []tls.Certificate{pair}
			}
			if strings.HasPrefix(name, "fapi2") {
				inner.financial(f, name)
				return
			}
			inner.connect(f)
		})
	}
}

// steps has the person do what the configuration has the suite's browser do,
// and returns where at the suite that leads.
func (s *suite) steps(f suiteFile, p *person, address string) *url.URL {
	s.t.Helper()
	rule := -1
	for i, r := range f.Browser {
		if matches(r.Match, address) && rule < 0 {
			rule = i
		}
	}
	if rule < 0 {
		s.t.Fatalf("no rule of the browser is for %s", address)
	}
	back := p.open(address)
	for _, task := range f.Browser[rule].Tasks {
		if back != nil || !matches(task.Match, p.page.String()) {
			continue
		}
		fields := map[string]string{}
		for _, c := range task.Commands {
			switch what, _ := c[0].(string); what {
			case "text":
				fields[c[2].(string)] = c[3].(string)
			case "click":
				if !strings.Contains(p.text, `id="`+c[2].(string)+`"`) {
					s.t.Fatalf("%s has no element %v", p.page, c[2])
				}
				back = p.submit(fields)
			case "wait":
				if !strings.Contains(p.text, `id="`+c[2].(string)+`"`) {
					s.t.Fatalf("%s has no element %v", p.page, c[2])
				}
			}
		}
	}
	return back
}

// matches is how the suite compares addresses: stars stand for anything.
func matches(pattern, address string) bool {
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(address, parts[0]) {
		return false
	}
	for _, part := range parts[1:] {
		i := strings.Index(address, part)
		if i < 0 {
			return false
		}
		address = address[i+len(part):]
	}
	return true
}

func (s *suite) callback() string { return s.server.URL + "/test/a/claviger/callback" }

// post sends a form to an endpoint of the provider.
func (s *suite) post(endpoint string, form url.Values, change func(*http.Request)) (int, map[string]any) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.issuer+endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	change(req)
	return s.ask(req)
}

func (s *suite) ask(req *http.Request) (int, map[string]any) {
	s.t.Helper()
	res, err := (&http.Client{Transport: s.transport, Timeout: patience}).Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		s.t.Fatalf("%s: %s", res.Status, text)
	}
	return res.StatusCode, out
}

// connect goes through the code flow of OpenID Connect, and out again.
func (s *suite) connect(f suiteFile) {
	s.t.Helper()
	p := newPerson(s.t, s.server.URL, s.transport)
	q := url.Values{
		"client_id": {f.Client.ID}, "redirect_uri": {s.callback()}, "response_type": {"code"},
		"scope": {"openid profile email address phone"}, "state": {"s"},
	}
	back := s.steps(f, p, s.issuer+"/authorize?"+q.Encode())
	if back == nil || back.Query().Get("code") == "" {
		s.t.Fatalf("the steps of the browser end at %s with %v", p.page, back)
	}
	status, out := s.post("/token", url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {s.callback()}},
		func(r *http.Request) { r.SetBasicAuth(f.Client.ID, f.Client.Secret) })
	if status != http.StatusOK {
		s.t.Fatalf("%d %v", status, out)
	}
	idToken, _ := out["id_token"].(string)
	if jws, err := jose.ParseSignedCompact(idToken, []jose.SignatureAlgorithm{jose.RS256}); err != nil || len(jws.Signatures) != 1 {
		s.t.Errorf("the ID token is not signed with RS256: %v", err)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.issuer+"/userinfo", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+out["access_token"].(string))
	if status, out = s.ask(req); status != http.StatusOK {
		s.t.Fatalf("userinfo: %d", status)
	}
	for _, claim := range strings.Fields(`sub name given_name family_name middle_name nickname preferred_username profile picture website gender
		birthdate zoneinfo locale updated_at email email_verified address phone_number phone_number_verified`) {
		if out[claim] == nil {
			s.t.Errorf("userinfo lacks %s", claim)
		}
	}
	if f.Post.ID != "" { // basic plans: no sign-out
		return
	}
	leave := s.server.URL + "/test/a/claviger/post_logout_redirect"
	back = s.steps(f, p, s.issuer+"/end-session?"+url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {leave}, "state": {"s"}}.Encode())
	if back == nil || back.String() != leave+"?state=s" {
		s.t.Errorf("signed out to %v", back)
	}
	if f.Client.ID != "told" {
		return
	}
	select {
	case token := <-s.told:
		if token == "" {
			s.t.Error("told of the sign-out without a token")
		}
	case <-time.After(patience):
		s.t.Error("not told of the sign-out")
	}
}

// sign makes a JWT of the client.
func (s *suite) sign(key jose.JSONWebKey, typ string, embed bool, claims map[string]any) string {
	s.t.Helper()
	o := (&jose.SignerOptions{EmbedJWK: embed}).WithType(jose.ContentType(typ))
	if !embed {
		o = o.WithHeader("kid", key.KeyID)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key.Key}, o)
	if err != nil {
		s.t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		s.t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// financial goes through the code flow of FAPI 2.0.
func (s *suite) financial(f suiteFile, name string) {
	s.t.Helper()
	now, key := time.Now().Unix(), f.Client.JWKS.Keys[0]
	byKey := name != "fapi2-mtls"
	dpop := name == "fapi2-dpop" || name == "fapi2-signed"
	proving := func(form url.Values, endpoint string) func(*http.Request) {
		if byKey {
			form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
			form.Set("client_assertion", s.sign(key, "JWT", false, map[string]any{
				"iss": f.Client.ID, "sub": f.Client.ID, "aud": s.issuer, "iat": now, "exp": now + 60, "jti": oauth2.GenerateVerifier(),
			}))
		} else {
			form.Set("client_id", f.Client.ID)
		}
		return func(r *http.Request) {
			if dpop {
				r.Header.Set("DPoP", s.sign(key, "dpop+jwt", true, map[string]any{
					"htm": "POST", "htu": s.issuer + endpoint, "iat": time.Now().Unix(), "jti": oauth2.GenerateVerifier(),
				}))
			}
		}
	}
	verifier := oauth2.GenerateVerifier()
	sum := sha256.Sum256([]byte(verifier))
	asked := map[string]any{
		"client_id": f.Client.ID, "redirect_uri": s.callback(), "response_type": "code", "scope": "openid profile",
		"code_challenge": base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method": "S256",
	}
	form := url.Values{}
	for k, v := range asked {
		form.Set(k, v.(string))
	}
	if name == "fapi2-signed" {
		asked["iss"], asked["aud"], asked["nbf"], asked["exp"] = f.Client.ID, s.issuer, now, now+300
		form = url.Values{"client_id": {f.Client.ID}, "request": {s.sign(key, "oauth-authz-req+jwt", false, asked)}}
	}
	change := proving(form, "/par")
	status, out := s.post("/par", form, change)
	if status != http.StatusCreated {
		s.t.Fatalf("pushing: %d %v", status, out)
	}
	p := newPerson(s.t, s.server.URL, s.transport)
	back := s.steps(f, p, s.issuer+"/authorize?"+url.Values{"client_id": {f.Client.ID}, "request_uri": {out["request_uri"].(string)}}.Encode())
	if back == nil || back.Query().Get("code") == "" || path.Base(back.Path) != "callback" {
		s.t.Fatalf("the steps of the browser end at %s with %v", p.page, back)
	}
	form = url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {s.callback()}, "code_verifier": {verifier}}
	change = proving(form, "/token")
	status, out = s.post("/token", form, change)
	want := "Bearer"
	if dpop {
		want = "DPoP"
	}
	if status != http.StatusOK || out["token_type"] != want {
		s.t.Fatalf("%d %v", status, out)
	}
	idToken, _ := out["id_token"].(string)
	if _, err := jose.ParseSignedCompact(idToken, []jose.SignatureAlgorithm{jose.PS256}); err != nil {
		s.t.Errorf("the ID token is not signed with PS256: %v", err)
	}
}
