package oidc_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// browser is a person's browser.
type browser struct {
	w *world
	// actsFor is what is chosen where it is asked.
	actsFor string
	headers map[string]string // what it sends besides
	client  *http.Client
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &browser{w: w, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// cookie is the value of a cookie that is sent to a page.
func (b *browser) cookie(path, name string) string {
	b.w.t.Helper()
	for _, c := range b.client.Jar.Cookies(b.address(path)) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// plant puts a cookie into the browser for a page and those below it.
func (b *browser) plant(path, name, value string) {
	b.w.t.Helper()
	b.client.Jar.SetCookies(b.address(path), []*http.Cookie{{Name: name, Value: value, Path: path}})
}

// forget removes a cookie of all pages.
func (b *browser) forget(name string) {
	b.w.t.Helper()
	b.client.Jar.SetCookies(b.address("/"), []*http.Cookie{{Name: name, Path: "/", MaxAge: -1}})
}

func (b *browser) address(path string) *url.URL {
	b.w.t.Helper()
	u, err := url.Parse(b.w.Issuer + path)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return u
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
	for name, value := range b.headers {
		req.Header.Set(name, value)
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
		case strings.HasSuffix(to.Path, "/choose-account"):
			a = b.do(http.MethodPost, to.String(), url.Values{})
		case strings.HasSuffix(to.Path, "/act-for") && b.actsFor != "":
			a = b.do(http.MethodPost, to.String(), url.Values{"choice": {b.actsFor}})
		case strings.HasSuffix(to.Path, "/choose-password"), strings.HasSuffix(to.Path, "/second-factor"):
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

// tokens signs in and redeems the code.
func (b *browser) tokens(clientID string, change ...string) map[string]any {
	b.w.t.Helper()
	status, out, _ := b.w.redeem(clientID, exchange(b.code(clientID, change...)))
	if status != http.StatusOK {
		b.w.t.Fatalf("token endpoint: %d %v", status, out)
	}
	return out
}
