package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/web"
)

func now() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// fault writes what an edge would: the safe text, and nothing else.
func fault(w http.ResponseWriter, _ *http.Request, err error) {
	web.RetryAfter(w, err)
	w.WriteHeader(web.Status(err))
	_, _ = io.WriteString(w, problem.From(err).Message)
}

func browser(log io.Writer) *web.Mux {
	return web.NewBrowserMux(web.BrowserOptions{
		Log: slog.New(slog.NewJSONHandler(log, nil)), Now: now, Fault: fault, Secure: true,
	})
}

func api(log io.Writer) *web.Mux {
	return web.NewAPIMux(web.APIOptions{
		Log: slog.New(slog.NewJSONHandler(log, nil)), Now: now, Fault: fault, Secure: true,
	})
}

func text(s string) web.Handler {
	return func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func do(h http.Handler, r *http.Request) *http.Response {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestNothingButTheRoutes(t *testing.T) {
	b, a := browser(io.Discard), api(io.Discard)
	b.Handle("GET /{$}", text("home"))
	b.Handle("GET /page/{id}", text("page"))
	b.Handle("POST /page/{id}", text("posted"))
	a.Handle("POST /token", text("token"))
	a.HandleRoute(web.Route{Pattern: "GET /jwks", Handler: text("keys"), CORS: true})
	site := web.Join(a, b)

	for _, c := range []struct {
		method, target string
		status         int
		allow          string
	}{
		{"GET", "/", 200, ""},
		{"HEAD", "/", 200, ""},
		{"GET", "/page/1", 200, ""},
		{"POST", "/page/1", 200, ""},
		{"POST", "/token", 200, ""},
		{"GET", "/token", 405, "POST"},
		{"OPTIONS", "/token", 405, "POST"},
		{"DELETE", "/page/1", 405, "GET, HEAD, POST"},
		{"TRACE", "/", 405, "GET, HEAD"},
		{"BREW", "/jwks", 405, "GET, HEAD, OPTIONS"},
		{"OPTIONS", "/jwks", 204, ""},
		{"GET", "/nothing", 404, ""},
		{"GET", "/page/", 404, ""},
		{"GET", "/page/1/", 404, ""},
		{"GET", "/token/", 404, ""},
		{"POST", "//token", 404, ""},
		{"GET", "/page/../token", 404, ""},
		{"GET", "/page//1", 404, ""},
		{"GET", "/./jwks", 404, ""},
	} {
		got := do(site, httptest.NewRequest(c.method, c.target, nil))
		if got.StatusCode != c.status || got.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d, Allow %q; want %d, %q",
				c.method, c.target, got.StatusCode, got.Header.Get("Allow"), c.status, c.allow)
		}
		if got.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: answered outside the edge", c.method, c.target)
		}
		if got.Header.Get("Location") != "" {
			t.Errorf("%s %s: redirected to %s", c.method, c.target, got.Header.Get("Location"))
		}
	}
	want := []string{"GET /page/{id}", "GET /{$}", "HEAD /page/{id}", "HEAD /{$}", "POST /page/{id}"}
	if d := cmp.Diff(want, b.Patterns()); d != "" {
		t.Errorf("patterns (-want +got):\n%s", d)
	}
}

// headers is what is fixed; the request id is not.
func headers(r *http.Response) http.Header {
	h := r.Header.Clone()
	h.Del("X-Request-Id")
	h.Del("Permissions-Policy") // long, and constant in one place
	return h
}

func TestHeaders(t *testing.T) {
	b, a := browser(io.Discard), api(io.Discard)
	b.Handle("GET /page", text("page"))
	a.Handle("GET /closed", text("closed"))
	a.HandleRoute(web.Route{Pattern: "GET /open", Handler: text("open"), CORS: true})

	pages := http.Header{
		"Cache-Control":                {"no-store"},
		"Content-Security-Policy":      {"default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Referrer-Policy":              {"no-referrer"},
		"Strict-Transport-Security":    {"max-age=63072000; includeSubDomains; preload"},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
	}
	documents := http.Header{
		"Cache-Control":                {"no-store"},
		"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Referrer-Policy":              {"no-referrer"},
		"Strict-Transport-Security":    {"max-age=63072000; includeSubDomains; preload"},
		"X-Content-Type-Options":       {"nosniff"},
	}
	open := documents.Clone()
	open.Set("Cross-Origin-Resource-Policy", "cross-origin")
	open.Set("Access-Control-Allow-Origin", "*")
	open.Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After, X-Request-Id")
	preflight := open.Clone()
	preflight.Set("Access-Control-Allow-Methods", "GET, POST")
	preflight.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP")
	preflight.Set("Access-Control-Max-Age", "7200")

	for name, c := range map[string]struct {
		mux            *web.Mux
		method, target string
		want           http.Header
	}{
		"a page":         {b, "GET", "/page", pages},
		"a missing page": {b, "GET", "/missing", pages},
		"an answer":      {a, "GET", "/closed", documents},
		"an open answer": {a, "GET", "/open", open},
		"a preflight":    {a, "OPTIONS", "/open", preflight},
	} {
		got := headers(do(c.mux, httptest.NewRequest(c.method, c.target, nil)))
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestHeadersOfOneAnswerStayThere(t *testing.T) {
	m := browser(io.Discard)
	m.Handle("GET /page", func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Add("Cache-Control", "public")
		w.Header().Set("Referrer-Policy", "origin")
		return nil
	})
	for range 2 {
		h := do(m, httptest.NewRequest("GET", "/page", nil)).Header
		if d := cmp.Diff([]string{"no-store", "public"}, h.Values("Cache-Control")); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
	h := do(m, httptest.NewRequest("GET", "/other", nil)).Header
	if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("headers of another answer: %v", h)
	}
}

func TestNoHSTSWithoutTLS(t *testing.T) {
	m := web.NewBrowserMux(web.BrowserOptions{Log: slog.New(slog.DiscardHandler), Now: now, Fault: fault})
	m.Handle("GET /page", text("page"))
	if got := do(m, httptest.NewRequest("GET", "/page", nil)).Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("HSTS over http: %q", got)
	}
}

func TestPolicyOfThePage(t *testing.T) {
	m := browser(io.Discard)
	var nonce string
	m.Handle("GET /page", func(w http.ResponseWriter, r *http.Request) error {
		nonce = web.Nonce(r.Context())
		if again := web.Nonce(r.Context()); again != nonce {
			t.Errorf("two nonces in one page: %q, %q", nonce, again)
		}
		for _, address := range []string{
			"https://App.example:8443/callback?x=1",
			"http://127.0.0.1:3000/cb",
			"http://[::1]:3000/cb",
			"com.example.app:/oauth",
			"javascript:alert(1)",
			"data:text/html,x",
			"https://evil.example; script-src *",
			"//no.scheme/cb",
			"/relative",
			"https:///nohost",
			"https://a b/",
			"",
		} {
			web.AllowFormAction(w, address)
		}
		w.WriteHeader(http.StatusOK)
		return nil
	})
	got := do(m, httptest.NewRequest("GET", "/page", nil)).Header.Get("Content-Security-Policy")
	want := "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'nonce-" + nonce + "'; " +
		"form-action 'self' https://app.example:8443 http://127.0.0.1:3000 http: com.example.app:; " +
		"base-uri 'none'; frame-ancestors 'none'"
	if got != want || len(nonce) < 22 {
		t.Errorf("policy:\n got %s\nwant %s", got, want)
	}
	first := nonce
	do(m, httptest.NewRequest("GET", "/page", nil))
	if nonce == first {
		t.Error("two pages share a nonce")
	}
	if got := web.Nonce(context.Background()); got != "" {
		t.Errorf("a nonce without a page: %q", got)
	}
}

func TestFormsOfOtherSites(t *testing.T) {
	m := browser(io.Discard)
	m.Handle("GET /form", text("form"))
	m.Handle("POST /form", text("posted"))
	m.HandleRoute(web.Route{Pattern: "POST /authorize", Handler: text("authorized"), CrossOrigin: true})
	for name, c := range map[string]struct {
		method, path, site, origin string
		status                     int
	}{
		"our own page":             {"POST", "/form", "same-origin", "", 200},
		"typed or bookmarked":      {"POST", "/form", "none", "", 200},
		"another site":             {"POST", "/form", "cross-site", "https://evil.example", 403},
		"another host of the site": {"POST", "/form", "same-site", "https://other.example.com", 403},
		"only a foreign Origin":    {"POST", "/form", "", "https://evil.example", 403},
		"only our Origin":          {"POST", "/form", "", "https://example.com", 200},
		"a sandboxed frame":        {"POST", "/form", "", "null", 403},
		"no browser at all":        {"POST", "/form", "", "", 200},
		"a link from another site": {"GET", "/form", "cross-site", "", 200},
		"an authentication request": {"POST", "/authorize", "cross-site", "https://app.example",
			200},
	} {
		r := httptest.NewRequest(c.method, "https://example.com"+c.path, strings.NewReader("a=b"))
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if got := do(m, r); got.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", name, got.StatusCode, c.status)
		}
	}
}

func TestFaultsAndTheLog(t *testing.T) {
	const hidden = "pq: relation does not exist"
	for name, c := range map[string]struct {
		err    error
		status int
		shown  string
		retry  string
	}{
		"unknown error": {errors.New(hidden), 500, "Something went wrong on our side.", ""},
		"problem":       {problem.Wrap(problem.Conflict, "It is taken.", errors.New(hidden)), 409, "It is taken.", ""},
		"limited": {&problem.Error{Code: problem.Limited, Message: "Wait.", RetryAfter: 1500 * time.Millisecond,
			Cause: errors.New(hidden)}, 429, "Wait.", "2"},
		"unavailable": {problem.Wrap(problem.Unavailable, "Busy.", errors.New(hidden)), 503, "Busy.", ""},
		"unauthenticated": {problem.Wrap(problem.Unauthenticated, "No.", errors.New(hidden)), 401, "No.",
			""},
		"denied":    {problem.Wrap(problem.Denied, "No.", errors.New(hidden)), 403, "No.", ""},
		"not found": {problem.Wrap(problem.NotFound, "None.", errors.New(hidden)), 404, "None.", ""},
		"out of time": {errors.Join(context.DeadlineExceeded, errors.New(hidden)), 503,
			"Something went wrong on our side.", ""},
	} {
		var log bytes.Buffer
		m := browser(&log)
		m.Handle("GET /x/{id}", func(http.ResponseWriter, *http.Request) error { return c.err })
		r := httptest.NewRequest("GET", "/x/1?code=SECRETCODE&id_token_hint=SECRETTOKEN", nil)
		r.Header.Set("Authorization", "Bearer SECRETBEARER")
		r.Header.Set("Cookie", "claviger-session=SECRETCOOKIE")
		r.Header.Set("X-Request-Id", "FORGED")
		r.Header.Set("User-Agent", "agent\nforged=line")
		got := do(m, r)
		if shown := body(t, got); got.StatusCode != c.status || shown != c.shown {
			t.Errorf("%s: %d %q, want %d %q", name, got.StatusCode, shown, c.status, c.shown)
		}
		if retry := got.Header.Get("Retry-After"); retry != c.retry {
			t.Errorf("%s: Retry-After %q, want %q", name, retry, c.retry)
		}
		if n := strings.Count(log.String(), "\n"); n != 1 {
			t.Errorf("%s: %d log records, want 1:\n%s", name, n, log.String())
		}
		if strings.Contains(log.String(), "SECRET") || strings.Contains(log.String(), "FORGED") {
			t.Errorf("%s: the log holds what it must not:\n%s", name, log.String())
		}
		var record map[string]any
		if err := json.Unmarshal(log.Bytes(), &record); err != nil {
			t.Fatal(err)
		}
		if record["id"] != got.Header.Get("X-Request-Id") || record["route"] != "GET /x/{id}" ||
			record["path"] != "/x/1" || record["status"] != float64(c.status) ||
			!strings.Contains(record["error"].(string), hidden) {
			t.Errorf("%s: record %v", name, record)
		}
	}
}

func TestPanics(t *testing.T) {
	var log bytes.Buffer
	m := browser(&log)
	m.Handle("GET /before", func(http.ResponseWriter, *http.Request) error { panic("kaboom SENTINEL") })
	m.Handle("GET /after", func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, "half")
		panic("kaboom SENTINEL")
	})
	m.Handle("GET /abort", func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) })
	server := httptest.NewServer(m)
	defer server.Close()
	// A request on a connection that was used before would be tried again.
	server.Client().Transport.(*http.Transport).DisableKeepAlives = true

	got, err := server.Client().Get(server.URL + "/before")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	if shown := body(t, got); got.StatusCode != 500 || shown != "Something went wrong on our side." {
		t.Errorf("before: %d %q", got.StatusCode, shown)
	}
	if got.Header.Get("X-Request-Id") == "" {
		t.Error("no request id to quote")
	}
	for _, path := range []string{"/after", "/abort"} {
		got, err := server.Client().Get(server.URL + path)
		if err == nil {
			_, err = io.ReadAll(got.Body)
			_ = got.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: half an answer looks whole", path)
		}
	}
	server.Close() // the records are written
	if n := strings.Count(log.String(), "SENTINEL"); n != 2 {
		t.Errorf("%d panics in the log, want 2:\n%s", n, &log)
	}
	if n := strings.Count(log.String(), `"level":"ERROR"`); n != 3 {
		t.Errorf("%d records at level ERROR, want 3", n)
	}
	if !strings.Contains(log.String(), "web_test.go") {
		t.Error("the log does not say where it panicked")
	}
}

func TestPanicInTheFault(t *testing.T) {
	m := web.NewBrowserMux(web.BrowserOptions{
		Log: slog.New(slog.DiscardHandler), Now: now,
		Fault: func(http.ResponseWriter, *http.Request, error) { panic("template") },
	})
	if got := do(m, httptest.NewRequest("GET", "/", nil)); got.StatusCode != 500 {
		t.Errorf("status %d", got.StatusCode)
	}
}

func TestRequestInfo(t *testing.T) {
	proxies, err := web.ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	var info request.Info
	var seen []string
	m := web.NewBrowserMux(web.BrowserOptions{
		Log: slog.New(slog.DiscardHandler), Now: now, Fault: fault, Proxies: proxies,
		Observe: func(edge, route, method string, status int, _ time.Duration) {
			seen = append(seen, edge+" "+route+" "+method+" "+http.StatusText(status))
		},
	})
	m.Handle("GET /page/{id}", func(_ http.ResponseWriter, r *http.Request) error {
		info = request.From(r.Context())
		if _, ok := r.Context().Deadline(); !ok {
			t.Error("the request has no deadline")
		}
		return nil
	})
	r := httptest.NewRequest("GET", "/page/1", nil)
	r.RemoteAddr = "10.1.1.1:99"
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	r.Header.Set("User-Agent", strings.Repeat("é", 200))
	got := do(m, r)
	if info.ID == "" || info.ID != got.Header.Get("X-Request-Id") {
		t.Errorf("id %q, header %q", info.ID, got.Header.Get("X-Request-Id"))
	}
	if info.Address != netip.MustParseAddr("203.0.113.9") {
		t.Errorf("address %s", info.Address)
	}
	if info.UserAgent != strings.Repeat("é", 128) {
		t.Errorf("user agent of %d bytes", len(info.UserAgent))
	}
	do(m, httptest.NewRequest("BREW", "/elsewhere", nil))
	want := []string{"browser GET /page/{id} GET OK", "browser none other Not Found"}
	if d := cmp.Diff(want, seen); d != "" {
		t.Errorf("observed (-want +got):\n%s", d)
	}
}
