package outbound

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

func loopback(t *testing.T) []netip.Prefix {
	t.Helper()
	all, err := ParseNetworks([]string{"127.0.0.0/8", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true,
		"127.0.0.1": false, "127.9.9.9": false, "::1": false, "0.0.0.0": false, "::": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "198.18.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "192.0.0.1": false,
		"fe80::1": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:8.8.8.8": true,
		"64:ff9b::7f00:1": false, "::7f00:1": false, "::0a00:1": false, "5f00::1": false, "2002:7f00:1::": false, "2001:db8::1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

// TestNoWayIn: whatever a name resolves to, a server of this machine is not
// reached unless its network is allowed.
func TestNoWayIn(t *testing.T) {
	reached := false
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer s.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "https://"), ":")
	c := New(Options{Roots: pool(s)})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0"} {
		_, err := c.Get(t.Context(), "https://"+host+":"+port+"/", "application/json")
		if err == nil || reached {
			t.Fatalf("%s was reached", host)
		}
		if (host == "127.0.0.1" || host == "localhost") && !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", host, err)
		}
	}
	_, err := c.PostForm(t.Context(), s.URL+"/?secret=SENTINEL", url.Values{})
	if !errors.Is(err, ErrForbidden) || reached || strings.Contains(err.Error(), "SENTINEL") {
		t.Errorf("posted: %v", err)
	}
}

func pool(s *httptest.Server) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(s.Certificate())
	return p
}

func TestGet(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/keys", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") != "application/json" || r.Header.Get("User-Agent") != agent {
			t.Errorf("%v", r.Header)
		}
		w.Header().Set("Content-Type", "Application/JSON; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=120")
		_, _ = w.Write([]byte("{}"))
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, maxBody+1)) })
	mux.HandleFunc("/missing", http.NotFound)
	mux.Handle("/moved", http.RedirectHandler("/keys", http.StatusFound))
	mux.Handle("/round", http.RedirectHandler("/round", http.StatusFound))
	mux.Handle("/plain", http.RedirectHandler("http://example.org/", http.StatusFound))
	mux.Handle("/file", http.RedirectHandler("file:///etc/passwd", http.StatusFound))
	mux.Handle("/inward", http.RedirectHandler("https://[::1]:1/", http.StatusFound))
	s := httptest.NewTLSServer(mux)
	defer s.Close()
	only127, _ := ParseNetworks([]string{"127.0.0.1"})
	c := New(Options{Allow: only127, Roots: pool(s)})
	for _, path := range []string{"/keys", "/moved"} {
		d, err := c.Get(t.Context(), s.URL+path, "application/json")
		if err != nil || string(d.Body) != "{}" || d.MediaType != "application/json" || d.MaxAge != 2*time.Minute {
			t.Errorf("%s: %+v %v", path, d, err)
		}
	}
	for path, want := range map[string]string{
		"/large": "larger than", "/missing": "status 404", "/round": "too many redirects",
		"/plain": "not https", "/file": "not https", "/inward": "not a public one",
	} {
		if _, err := c.Get(t.Context(), s.URL+path, "*/*"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, address := range []string{"http://example.org/", "ftp://example.org/", "https://a@example.org/", "https:///x", "/x", "", "http://localhost.example.org/"} {
		if _, err := c.Get(t.Context(), address, "*/*"); err == nil || !strings.Contains(err.Error(), "outbound: the address") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestPostForm(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("a") != "b" {
			t.Errorf("%v", r.PostForm)
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(make([]byte, 10*maxAnswer))
	})
	mux.Handle("/moved", http.RedirectHandler("/logout", http.StatusTemporaryRedirect))
	s := httptest.NewServer(mux)
	defer s.Close()
	c := New(Options{Allow: loopback(t)})
	a, err := c.PostForm(t.Context(), s.URL+"/logout", url.Values{"a": {"b"}})
	if err != nil || a.Status != http.StatusBadRequest || len(a.Body) != maxAnswer {
		t.Errorf("%d %d %v", a.Status, len(a.Body), err)
	}
	a, err = c.PostForm(t.Context(), s.URL+"/moved", url.Values{"a": {"b"}})
	if err != nil || a.Status != http.StatusTemporaryRedirect {
		t.Errorf("a redirect of a POST was followed: %d %v", a.Status, err)
	}
}

func TestMaxAge(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": 0, "max-age=60": time.Minute, "public, Max-Age=\"60\"": time.Minute, "no-store, max-age=60": 0,
		"max-age=-1": 0, "max-age=99999999999999999999": 0, "max-age": 0,
	} {
		if got := maxAge(header); got != want {
			t.Errorf("%q: %s", header, got)
		}
	}
}

func TestParseNetworks(t *testing.T) {
	if _, err := ParseNetworks([]string{"10.0.0.0/8", "example.org"}); err == nil {
		t.Error("a name was accepted")
	}
}

// TestBarred: what would not be reached is said before anything is sent.
func TestBarred(t *testing.T) {
	open := New(Options{})
	inside := New(Options{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.0/8")}})
	for address, barred := range map[string]bool{
		"http://localhost:1/x": true, "http://127.0.0.1/": true, "https://10.0.0.5/bc": true, "https://localhost/": true,
		"https://192.0.2.1/": true, "https://8.8.8.8/": false, "https://no-such-name.invalid/": false,
	} {
		if why := open.Barred(t.Context(), address); barred != strings.Contains(why, "outbound.allow") {
			t.Errorf("%s: %q", address, why)
		}
	}
	// What a name leads to is told to who runs the installation, and to nobody else.
	why, whyAt := open.Barred(t.Context(), "https://localhost/"), open.BarredAt(t.Context(), "https://localhost/")
	if strings.Contains(why, "127.0.0.1") || strings.Contains(why, "::1") || !strings.Contains(whyAt, "127.0.0.1") && !strings.Contains(whyAt, "::1") {
		t.Errorf("%q, %q", why, whyAt)
	}
	// Plain http crosses no network, whatever is allowed there.
	for _, address := range []string{"http://10.0.0.5/bc", "http://192.0.2.1/", "http://siem.example.org/"} {
		if why := inside.Barred(t.Context(), address); !strings.Contains(why, "use https") {
			t.Errorf("%s: %q", address, why)
		}
		if _, err := inside.PostForm(t.Context(), address, nil); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"http://localhost:1/x", "http://127.0.0.2/x", "https://10.0.0.5/bc"} {
		if why := inside.Barred(t.Context(), address); why != "" {
			t.Errorf("%s, which is allowed: %q", address, why)
		}
	}
}
