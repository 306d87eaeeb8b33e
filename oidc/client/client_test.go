package client_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/storage"
)

func good() storage.Client {
	sum := sha256.Sum256([]byte("secret"))
	return storage.Client{
		ID: "portal", Name: "Provider portal", AuthMethod: "client_secret_basic",
		Secrets:      []storage.ClientSecret{{SHA256: sum[:]}},
		RedirectURIs: []string{"https://rp.example/cb", "http://localhost:8090/cb", "https://rp.example/cb?a=b"},
		GrantTypes:   []string{"authorization_code", "refresh_token"}, Scopes: []string{"openid", "api:read"},
		Audiences: []string{"https://api.example/"}, IDTokenAlg: "RS256",
	}
}

func public() storage.Client {
	c := good()
	c.AuthMethod, c.Secrets = "none", nil
	c.RedirectURIs = []string{"http://127.0.0.1/cb", "http://[::1]:1/cb?x=1", "com.example.app:/cb"}
	return c
}

func TestValidateAccepts(t *testing.T) {
	minimal := storage.Client{ID: "a", Name: "A", AuthMethod: "none", RedirectURIs: []string{"https://a.example/"}}
	for _, c := range []storage.Client{good(), public(), minimal} {
		if err := client.Validate(c); err != nil {
			t.Errorf("%s: %v", c.AuthMethod, err)
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	uri := func(u string) func(*storage.Client) { return func(c *storage.Client) { c.RedirectURIs = []string{u} } }
	for want, spoil := range map[string]func(*storage.Client){
		"id is missing":               func(c *storage.Client) { c.ID = "" },
		"something else than letters": func(c *storage.Client) { c.ID = "a:b" },
		"id is longer":                func(c *storage.Client) { c.ID = strings.Repeat("a", 129) },
		"looks like the subject":      func(c *storage.Client) { c.ID = "abcdefghijklmnopqrstuvwxyz" },
		"name is missing":             func(c *storage.Client) { c.Name = " " },
		"cannot be shown":             func(c *storage.Client) { c.Name = "a\x00b" },
		"authentication method":       func(c *storage.Client) { c.AuthMethod = "client_secret_jwt" },
		"needs a secret":              func(c *storage.Client) { c.Secrets = nil },
		"two secrets at most":         func(c *storage.Client) { c.Secrets = append(c.Secrets, c.Secrets[0], c.Secrets[0]) },
		"not a SHA-256":               func(c *storage.Client) { c.Secrets[0].SHA256 = []byte("secret") },
		"has no secret":               func(c *storage.Client) { c.AuthMethod = "none" },
		"exempted from PKCE":          func(c *storage.Client) { c.AuthMethod, c.Secrets, c.PKCEOptional = "none", nil, true },
		"grant type \"implicit\"":     func(c *storage.Client) { c.GrantTypes = append(c.GrantTypes, "implicit") },
		"nothing else begins":         func(c *storage.Client) { c.GrantTypes = []string{"refresh_token"} },
		"redirect URI is missing":     func(c *storage.Client) { c.RedirectURIs = nil },
		"is listed twice":             func(c *storage.Client) { c.RedirectURIs = append(c.RedirectURIs, c.RedirectURIs[0]) },
		"algorithm of ID tokens":      func(c *storage.Client) { c.IDTokenAlg = "none" },
		"algorithm of access tokens":  func(c *storage.Client) { c.AccessTokenAlg = "HS256" },
		"is not a scope":              func(c *storage.Client) { c.Scopes = []string{"a b"} },
		"scope \"a\" is listed twice": func(c *storage.Client) { c.Scopes = []string{"a", "a"} },
		"is not an audience":          func(c *storage.Client) { c.Audiences = []string{""} },
		"has a fragment":              uri("https://rp.example/cb#x"),
		"not an absolute":             uri("/cb"),
		"is http":                     uri("http://rp.example/cb"),
		"http; that":                  uri("http://localhost.rp.example/cb"),
		"names no host":               uri("https:///cb"),
		"holds a user name":           uri("https://rp.example@evil.example/cb"),
		"or a wildcard":               uri("https://*.rp.example/cb"),
		"a scheme that is not https":  uri("javascript:alert(1)"),
		"has a scheme that is not":    uri("myapp:/cb"),
		"public clients only":         uri("com.example.app:/cb"),
		"characters long":             uri("https://rp.example/" + strings.Repeat("a", 2048)),
		"post-logout redirect URI \"http": func(c *storage.Client) {
			c.PostLogoutRedirectURIs = []string{"http://rp.example/"}
		},
	} {
		c := good()
		spoil(&c)
		if err := client.Validate(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not among the problems: %v", want, err)
		}
	}
	c := public()
	c.RedirectURIs = []string{"com.example.app:cb"}
	if err := client.Validate(c); err == nil {
		t.Error("a private-use URI without a path was accepted")
	}
}

func TestValidateTellsAll(t *testing.T) {
	err := client.Validate(storage.Client{AuthMethod: "x", IDTokenAlg: "none"})
	if got := len(strings.Split(err.Error(), "\n")); got != 5 {
		t.Errorf("%d problems:\n%v", got, err)
	}
}

func TestIsRedirectURI(t *testing.T) {
	for uri, want := range map[string]bool{
		"https://rp.example/cb":         true,
		"https://rp.example/cb?a=b":     true,
		"https://rp.example/cb/":        false,
		"https://rp.example/cb?a=b&c=d": false,
		"https://RP.example/cb":         false,
		"http://localhost:8090/cb":      true,
		"http://localhost:8091/cb":      false,
		"":                              false,
	} {
		if got := client.IsRedirectURI(good(), uri); got != want {
			t.Errorf("confidential, %q: %t", uri, got)
		}
	}
	for uri, want := range map[string]bool{
		"http://127.0.0.1/cb":          true,
		"http://127.0.0.1:5555/cb":     true,
		"http://[::1]:5555/cb?x=1":     true,
		"http://[::1]:5555/cb":         false,
		"https://127.0.0.1:5555/cb":    false,
		"http://127.0.0.2:5555/cb":     false,
		"http://127.0.0.1:5555/cb#f":   false,
		"http://127.0.0.1:5555/cb?x=1": false,
		"http://u@127.0.0.1:5555/cb":   false,
		"http://127.0.0.1:5555/%63b":   false,
		"com.example.app:/cb":          true,
		"com.example.app:/other":       false,
	} {
		if got := client.IsRedirectURI(public(), uri); got != want {
			t.Errorf("public, %q: %t", uri, got)
		}
	}
	// A registered https URI is never matched by an http one.
	c := public()
	c.RedirectURIs = []string{"https://127.0.0.1/cb"}
	if client.IsRedirectURI(c, "http://127.0.0.1:555/cb") {
		t.Error("https was taken for http")
	}
	c = good()
	c.RedirectURIs = []string{"http://127.0.0.1:1/cb"}
	if client.IsRedirectURI(c, "http://127.0.0.1:2/cb") {
		t.Error("a confidential client chose its port")
	}
}

func TestDefaults(t *testing.T) {
	c := storage.Client{ID: "a"}
	if client.AuthMethod(c) != "client_secret_basic" || client.IDTokenAlg(c) != "ES256" || client.Audience(c) != "a" ||
		!client.MayUse(c, "authorization_code") || client.MayUse(c, "refresh_token") || !client.RequiresPKCE(c) {
		t.Error("defaults")
	}
	c.PKCEOptional = true
	if client.RequiresPKCE(c) {
		t.Error("a confidential client cannot be exempted from PKCE")
	}
	c.AuthMethod = "none"
	if !client.RequiresPKCE(c) {
		t.Error("a public client is exempted from PKCE")
	}
}
