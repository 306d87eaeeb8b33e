package relying_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/claviger-id/claviger/pkg/relying"
)

func TestSignIn(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	b := browser(t)
	res, body := get(t, b, a.server.URL+"/page?x=1")
	if res.StatusCode != http.StatusOK || body["name"] != "Ada Quill" {
		t.Fatalf("after signing in: %d %v, faults %v", res.StatusCode, body, a.faults)
	}
	if got := res.Request.URL.RequestURI(); got != "/page?x=1" {
		t.Errorf("came back to %q", got)
	}
	if got := res.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	// What was asked for, and how the application proved who it is.
	q := o.authRequests[0]
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "app", "scope": "openid profile",
		"code_challenge_method": "S256", "redirect_uri": a.RedirectURI,
	} {
		if got := q.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if len(q.Get("state")) < 43 || len(q.Get("nonce")) < 43 || q.Get("state") == q.Get("nonce") {
		t.Errorf("state %q, nonce %q", q.Get("state"), q.Get("nonce"))
	}
	if got := strings.Join(o.basicAuth, " "); got != "app s3cret%2B%2F+" {
		t.Errorf("client authentication %q", got)
	}
	// The login cookie is gone; the session's cannot be read by scripts.
	u, _ := url.Parse(a.server.URL)
	for _, c := range b.Jar.Cookies(u) {
		if strings.Contains(c.Name, "login") {
			t.Errorf("the cookie %s is still there", c.Name)
		}
	}
}

func TestSignInRefused(t *testing.T) {
	tests := []struct {
		name string
		bend func(*op)
		want string
	}{
		{"the provider refuses", func(o *op) { o.refusal = "access_denied" }, "access_denied"},
		{"answer of another issuer", func(o *op) { o.responseIss = "https://evil.example" }, "not from the provider"},
		{"answer without an issuer", func(o *op) { o.responseIss = "-" }, "not from the provider"},
		{"refusal of another issuer", func(o *op) { o.refusal, o.responseIss = "access_denied", "https://evil.example" }, "not from the provider"},
		{"ID token of another issuer", func(o *op) { o.idClaims = map[string]any{"iss": "https://evil.example"} }, "issued by"},
		{"ID token for another client", func(o *op) { o.idClaims = map[string]any{"aud": "other"} }, "meant for"},
		{"ID token for several without azp", func(o *op) { o.idClaims = map[string]any{"aud": []string{"app", "x"}} }, "issued to"},
		{"ID token issued to another", func(o *op) { o.idClaims = map[string]any{"azp": "x"} }, "issued to"},
		{"ID token of another sign-in", func(o *op) { o.idClaims = map[string]any{"nonce": "other"} }, "another sign-in"},
		{"ID token expired", func(o *op) { o.idClaims = map[string]any{"exp": 1772355000} }, "expired"},
		{"ID token without exp", func(o *op) { o.idClaims = map[string]any{"exp": nil} }, "expired"},
		{"ID token from the future", func(o *op) { o.idClaims = map[string]any{"iat": 1872355600} }, "not issued yet"},
		{"ID token about nobody", func(o *op) { o.idClaims = map[string]any{"sub": ""} }, "names nobody"},
		{"UserInfo about somebody else", func(o *op) { o.userSub = "sub-2" }, "somebody else"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := newOP(t)
			a := newApplication(t, o)
			o.with(tt.bend)
			b := browser(t)
			res, _ := get(t, b, a.server.URL+"/page")
			if res.StatusCode != http.StatusBadRequest || len(a.faults) != 1 || !strings.Contains(a.faults[0].Error(), tt.want) {
				t.Fatalf("%d %v, want a fault with %q", res.StatusCode, a.faults, tt.want)
			}
			if _, body := get(t, b, a.server.URL+"/poll"); body["signed_in"] != false {
				t.Error("signed in all the same")
			}
		})
	}
}

func TestCallbackOfAnotherBrowser(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	attacker := browser(t)
	attacker.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if req.URL.Path == "/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	res, _ := get(t, attacker, a.server.URL+"/login")
	callback := res.Header.Get("Location")
	if !strings.Contains(callback, "code=") {
		t.Fatalf("no callback: %q", callback)
	}
	victim := browser(t)
	get(t, victim, callback)
	get(t, victim, a.server.URL+"/callback")
	for i, err := range a.faults {
		if !errors.Is(err, relying.ErrNoLogin) {
			t.Errorf("fault %d: %v", i, err)
		}
	}
	if len(a.faults) != 2 {
		t.Errorf("%d faults", len(a.faults))
	}
	// The browser that began it can use it once, and not too late.
	get(t, attacker, callback)
	if _, body := get(t, attacker, a.server.URL+"/poll"); body["signed_in"] != true {
		t.Error("the browser that began the sign-in was refused")
	}
	get(t, attacker, callback)
	if len(a.faults) != 3 || !errors.Is(a.faults[2], relying.ErrNoLogin) {
		t.Errorf("the callback worked twice: %v", a.faults)
	}
}

func TestCallbackTooLate(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	b := browser(t)
	b.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if req.URL.Path == "/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	res, _ := get(t, b, a.server.URL+"/login")
	o.clock.add(97 * time.Hour)
	get(t, b, res.Header.Get("Location"))
	if len(a.faults) != 1 || !errors.Is(a.faults[0], relying.ErrNoLogin) {
		t.Errorf("faults %v", a.faults)
	}
}

func TestIdle(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	b := browser(t)
	get(t, b, a.server.URL+"/page")
	o.clock.add(10 * time.Minute)
	if _, body := get(t, b, a.server.URL+"/poll"); body["left"] != 300.0 {
		t.Errorf("polling: %v", body)
	}
	if _, body := get(t, b, a.server.URL+"/page"); body["left"] != 900.0 {
		t.Errorf("a page is activity: %v", body)
	}
	o.clock.add(15*time.Minute - time.Second)
	if _, body := get(t, b, a.server.URL+"/poll"); body["signed_in"] != true {
		t.Errorf("one second before the limit: %v", body)
	}
	o.clock.add(time.Second)
	if _, body := get(t, b, a.server.URL+"/poll"); body["signed_in"] != false {
		t.Errorf("at the limit: %v", body)
	}
}

func TestAbsoluteLimit(t *testing.T) {
	now := newClock()
	s := &relying.Sessions{Limits: relying.Limits{Idle: time.Hour, Absolute: 90 * time.Minute}, Now: now.Now}
	c, err := s.Begin(t.Context(), relying.Session{})
	if err != nil {
		t.Fatal(err)
	}
	now.add(50 * time.Minute)
	if got, err := s.Touch(t.Context(), c); err != nil || got.Left(now.Now()) != 40*time.Minute {
		t.Errorf("left %v, %v", got.Left(now.Now()), err)
	}
	now.add(40 * time.Minute)
	if _, err := s.Touch(t.Context(), c); !errors.Is(err, relying.ErrNoSession) {
		t.Errorf("after the absolute limit: %v", err)
	}
}

func sessionRequest(t *testing.T, a *application, b *http.Client) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, a.server.URL+"/", nil)
	u, _ := url.Parse(a.server.URL)
	for _, c := range b.Jar.Cookies(u) {
		r.AddCookie(c)
	}
	return r
}

func TestRefresh(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	b := browser(t)
	get(t, b, a.server.URL+"/page")
	r := sessionRequest(t, a, b)

	before, _ := a.Session(r)
	o.clock.add(4 * time.Minute)
	s, err := a.Fresh(r)
	if err != nil || s.Tokens != before.Tokens {
		t.Fatalf("a token that is good was replaced: %v", err)
	}
	o.clock.add(55 * time.Second)
	if s, err = a.Fresh(r); err != nil || s.Tokens.Refresh != "refresh-x" {
		t.Fatalf("refreshed: %+v %v", s.Tokens, err)
	}
	if !s.Ends.Equal(before.Ends) {
		t.Error("a refresh counted as activity")
	}

	// Requests at the same time take turns, so that no refresh token is used
	// twice.
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := a.Refresh(r); err != nil {
				t.Errorf("refreshing at the same time: %v", err)
			}
		})
	}
	wg.Wait()

	o.with(func(o *op) { o.idClaims = map[string]any{"sub": "sub-2"} })
	if _, err := a.Refresh(r); err == nil || errors.Is(err, relying.ErrEnded) {
		t.Errorf("a refresh that brought somebody else: %v", err)
	}
}

func TestRefreshAfterTheEnd(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	b := browser(t)
	get(t, b, a.server.URL+"/page")
	r := sessionRequest(t, a, b)
	o.with(func(o *op) { o.ended = true })
	_, err := a.Refresh(r)
	var ended *relying.EndedError
	if !errors.Is(err, relying.ErrEnded) || !errors.As(err, &ended) || ended.Reason != "idle" {
		t.Fatalf("got %v", err)
	}
	if _, ok := a.Session(r); ok {
		t.Error("the session outlived the provider's")
	}
}

func TestRefreshWhileTheProviderIsDown(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	b := browser(t)
	get(t, b, a.server.URL+"/page")
	r := sessionRequest(t, a, b)
	o.server.Close()
	if _, err := a.Refresh(r); err == nil || errors.Is(err, relying.ErrEnded) {
		t.Fatalf("got %v", err)
	}
	if _, ok := a.Session(r); !ok {
		t.Error("a provider that was down signed the person out")
	}
}

func TestLogout(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	b := browser(t)
	get(t, b, a.server.URL+"/page")
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := b.Post(a.server.URL+"/logout", "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	to, err := res.Location()
	if err != nil {
		t.Fatal(err)
	}
	q := to.Query()
	if !strings.HasPrefix(to.String(), o.issuer()+"/end-session?") || q.Get("client_id") != "app" ||
		strings.Count(q.Get("id_token_hint"), ".") != 2 || q.Get("post_logout_redirect_uri") != a.PostLogoutRedirectURI {
		t.Errorf("sent to %s", to)
	}
	if _, body := get(t, b, a.server.URL+"/poll"); body["signed_in"] != false {
		t.Error("still signed in")
	}
}

// failing is a store that fails so many times to remove a record, or to read one.
type failing struct {
	relying.SessionStore
	deletes, gets int
}

func (f *failing) Delete(ctx context.Context, key string) error {
	if f.deletes--; f.deletes >= 0 {
		return errors.New("the store does not answer")
	}
	return f.SessionStore.Delete(ctx, key)
}

func (f *failing) Get(ctx context.Context, key string) (relying.SessionRecord, error) {
	if f.gets--; f.gets >= 0 {
		return relying.SessionRecord{}, errors.New("the store does not answer")
	}
	return f.SessionStore.Get(ctx, key)
}

// lines is a log that can be read while it is written.
type lines struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(text)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Whoever signs out while the store fails is signed out of the browser and goes to the
// provider; the session is removed as soon as the store answers.
func TestLogoutWhileTheStoreFails(t *testing.T) {
	for name, c := range map[string]struct {
		deletes, gets int
		stays         bool
	}{
		"once":           {deletes: 1},
		"for a while":    {deletes: 4, gets: 1},
		"for a long day": {deletes: 1000, stays: true},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOP(t)
			a := newApplication(t, o)
			store := &failing{SessionStore: &relying.MemoryStore{Now: o.clock.Now}}
			a.Sessions.Store = store
			log := &lines{}
			a.Log = slog.New(slog.NewTextHandler(log, nil))
			b := browser(t)
			get(t, b, a.server.URL+"/page")
			r := sessionRequest(t, a, b)
			store.deletes, store.gets = c.deletes, c.gets
			synctest.Test(t, func(t *testing.T) {
				w := httptest.NewRecorder()
				a.Logout(w, r.WithContext(t.Context()))
				to, err := w.Result().Location()
				if err != nil || !strings.HasPrefix(to.String(), o.issuer()+"/end-session?") || (to.Query().Get("id_token_hint") == "") != (c.gets > 0) {
					t.Errorf("sent to %v, %v", to, err)
				}
				if all := w.Result().Cookies(); len(all) != 1 || all[0].Value != "" || all[0].MaxAge >= 0 {
					t.Errorf("cookies: %v", all)
				}
				if len(a.faults) > 0 || !strings.Contains(log.String(), "could not be removed") {
					t.Errorf("faults %v, log %s", a.faults, log)
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if _, ok := a.Session(r); ok != c.stays {
					t.Errorf("the session is there: %v, want %v", ok, c.stays)
				}
				if strings.Contains(log.String(), "until its limit") != c.stays {
					t.Errorf("log: %s", log)
				}
			})
		})
	}
}

func TestUnsafeRequestIsNotReplayed(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	res, err := browser(t).Post(a.server.URL+"/page", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestLocalPath(t *testing.T) {
	for in, want := range map[string]string{
		"/page?a=b": "/page?a=b", "": "/", "page": "/", "//evil.example": "/", `/\evil.example`: "/",
		"https://evil.example/": "/", "/a\r\nb": "/", "javascript:alert(1)": "/", "/%0a": "/%0a",
	} {
		if got := relying.LocalPath(in); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	f.Add("/a")
	f.Add("//evil.example")
	base, _ := url.Parse("https://app.example/login")
	f.Fuzz(func(t *testing.T, in string) {
		u, err := base.Parse(relying.LocalPath(in))
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme {
			t.Errorf("%q leads to %v", in, u)
		}
	})
}
