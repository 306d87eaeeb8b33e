package oidc_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// TestScriptsOfRegisteredOrigins: the scripts of a public client may call what it
// needs, those of others may not read what they get, and nobody's may call what
// browsers visit (RFC 9700 section 2.6).
func TestScriptsOfRegisteredOrigins(t *testing.T) { onEveryStore(t, testScriptsOfRegisteredOrigins) }

func testScriptsOfRegisteredOrigins(t *testing.T, w *world) {
	from := func(method, path, origin string, body ...string) answer {
		req, err := http.NewRequestWithContext(t.Context(), method, w.Issuer+path, strings.NewReader(strings.Join(body, "")))
		if err != nil {
			t.Fatal(err)
		}
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		if len(body) > 0 {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return w.send(w.browser().client, req)
	}
	const known = "https://rp.example"
	for path, method := range map[string]string{
		"/token": "POST", "/par": "POST", "/revoke": "POST", "/userinfo": "GET", "/session": "GET", "/session/activity": "POST",
	} {
		for _, m := range []string{http.MethodOptions, method} {
			a := from(m, path, known)
			if got := a.header.Get("Access-Control-Allow-Origin"); got != known {
				t.Errorf("%s %s: allowed to %q", m, path, got)
			}
			exposed := strings.Split(a.header.Get("Access-Control-Expose-Headers"), ", ")
			if !slices.Contains(exposed, "DPoP-Nonce") || !slices.Contains(exposed, "WWW-Authenticate") {
				t.Errorf("%s %s exposes %v", m, path, exposed)
			}
			for _, origin := range []string{"", "null", "http://rp.example", "https://rp.example:8443", "https://rp.example.evil.example", "https://evil.example"} {
				if a := from(m, path, origin); a.header.Get("Access-Control-Allow-Origin") != "" || a.header.Get("Vary") != "Origin" {
					t.Errorf("%s %s from %q: %v", m, path, origin, a.header)
				}
			}
			if a.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s %s: with cookies", m, path)
			}
		}
		a := from(http.MethodOptions, path, known)
		if a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Headers") != "Authorization, Content-Type, DPoP" ||
			a.header.Get("Access-Control-Max-Age") == "" || a.body != "" {
			t.Errorf("the question before %s: %d %v", path, a.status, a.header)
		}
	}
	for _, path := range []string{"/authorize", "/end-session", "/introspect", "/device_authorization"} {
		for _, m := range []string{http.MethodOptions, http.MethodGet, http.MethodPost} {
			if a := from(m, path, known); a.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s is open", m, path)
			}
		}
	}
	// A client with a secret brings no origin of its own: it has a server.
	w.change("portal", func(c *storage.Client) { c.RedirectURIs = append(c.RedirectURIs, "https://secret.example/cb") })
	if a := from(http.MethodPost, "/token", "https://secret.example"); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("open to the origin of a client with a secret")
	}
	// In another second than the change before: that is what a poll looks at.
	w.change("spa", func(c *storage.Client) {
		c.RedirectURIs, c.UpdatedAt = append(c.RedirectURIs, "https://New.example:443/cb"), c.UpdatedAt.Add(time.Minute)
	})
	if a := from(http.MethodPost, "/token", "https://new.example"); a.header.Get("Access-Control-Allow-Origin") == "" {
		t.Error("not open to an origin that was added")
	}
}
