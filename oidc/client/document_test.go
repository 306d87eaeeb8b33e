package client_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/storage"
)

const keySet = `{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}`

const fapi = `{"client_id":"bank","profile":"fapi2","token_endpoint_auth_method":"private_key_jwt","dpop_bound_access_tokens":true,
	"redirect_uris":["https://rp.example/cb"],"grant_types":["authorization_code"],"scope":"openid profile","jwks":` + keySet + `}`

func TestDocument(t *testing.T) {
	d, err := client.ParseDocument([]byte(fapi))
	if err != nil {
		t.Fatal(err)
	}
	c := d.Client()
	if err := client.Validate(c); err != nil {
		t.Error(err)
	}
	if !client.RequiresPushed(c) || client.Rotates(c) || !client.SoleIssuerAudience(c) || len(c.Scopes) != 2 || c.Name != "bank" {
		t.Errorf("%+v", c)
	}
	if again := client.Describe(c).Client(); !reflect.DeepEqual(again, c) {
		t.Errorf("%+v is not %+v", again, c)
	}
	for _, text := range []string{"", "{", `{"client_secret":"x"}`, `{"grant_type":"x"}`, `{} {}`, `{"response_types":["token"]}`, `{"redirect_uris":"x"}`} {
		if _, err := client.ParseDocument([]byte(text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

// TestProfileTellsEverything: a client that contradicts its profile hears of
// every contradiction at once.
func TestProfileTellsEverything(t *testing.T) {
	sum := good().Secrets
	err := client.Validate(storage.Client{
		ID: "bank", Name: "Bank", Profile: "fapi2", AuthMethod: "client_secret_basic", Secrets: sum, PKCEOptional: true,
		IDTokenAlg: "RS256", RedirectURIs: []string{"http://localhost/cb"},
	})
	for _, want := range []string{"authenticate with", "bound to a key", "exemption from PKCE", "ID tokens are not signed with RS256", "is not https"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
}

func TestEveryContradictionToSMARTIsTold(t *testing.T) {
	contradicting := storage.Client{
		ID: "chart", Name: "Chart", Profile: "smart", AuthMethod: "client_secret_post", Secrets: good().Secrets, PKCEOptional: true,
		RedirectURIs: []string{"https://rp.example/cb"}, GrantTypes: []string{"authorization_code", "client_credentials"}, AuthAlg: "PS512",
	}
	err := client.Validate(contradicting)
	for _, want := range []string{"authenticate with private_key_jwt, client_secret_basic or none", "exemption from PKCE", "acts on its own", "ES384"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
	right := contradicting
	right.AuthMethod, right.Secrets, right.PKCEOptional, right.JWKS, right.AuthAlg = "private_key_jwt", nil, false, []byte(keySet), "RS384"
	if err := client.Validate(right); err != nil {
		t.Error(err)
	}
}

func TestValidateKeysAndGrants(t *testing.T) {
	for want, spoil := range map[string]func(*storage.Client){
		"has no secret":           func(c *storage.Client) { c.Secrets = good().Secrets },
		"needs jwks or jwks_uri":  func(c *storage.Client) { c.JWKS = nil },
		"by value and by address": func(c *storage.Client) { c.JWKSURI = "https://rp.example/keys" },
		"set of public keys":      func(c *storage.Client) { c.JWKS = []byte(strings.Replace(keySet, `"kty"`, `"d":"AA","kty"`, 1)) },
		"jwks_uri":                func(c *storage.Client) { c.JWKS, c.JWKSURI = nil, "http://rp.example/keys" },
		"exactly one name":        func(c *storage.Client) { c.AuthMethod = "tls_client_auth" },
		"name of a certificate":   func(c *storage.Client) { c.TLSSubject = &storage.TLSSubject{DNS: "a"} },
		"algorithm of assertions": func(c *storage.Client) { c.AuthAlg = "RS256" },
		"backchannel_logout_uri":  func(c *storage.Client) { c.BackchannelLogoutURI = "http://rp.example/logout" },
		"subject type":            func(c *storage.Client) { c.SubjectType = "private" },
		"sector_identifier_uri": func(c *storage.Client) {
			c.SubjectType, c.RedirectURIs = "pairwise", []string{"https://a.example/", "https://b.example/"}
		},
		"profile is":            func(c *storage.Client) { c.Profile = "loose" },
		"needs one that begins": func(c *storage.Client) { c.GrantTypes = []string{"client_credentials", "refresh_token"} },
		"needs the grant type":  func(c *storage.Client) { c.Scopes = []string{"offline_access"} },
		"cannot act on its own": func(c *storage.Client) {
			c.AuthMethod, c.JWKS, c.GrantTypes = "none", nil, []string{"client_credentials"}
		},
		"resource URI": func(c *storage.Client) { c.ResourceURIs = []string{"a", "a"} },
	} {
		d, err := client.ParseDocument([]byte(fapi))
		if err != nil {
			t.Fatal(err)
		}
		c := d.Client()
		spoil(&c)
		if err := client.Validate(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not among the problems: %v", want, err)
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add(fapi)
	f.Add(`{"jwks":{"keys":[{}]},"redirect_uris":["https://a:99999/"]}`)
	f.Fuzz(func(_ *testing.T, text string) {
		if d, err := client.ParseDocument([]byte(text)); err == nil {
			_ = client.Validate(d.Client()) // must not panic
		}
	})
}

func FuzzIsRedirectURI(f *testing.F) {
	f.Add("http://127.0.0.1:80/cb", "http://127.0.0.1/cb")
	f.Fuzz(func(t *testing.T, registered, uri string) {
		c := public()
		c.RedirectURIs = []string{registered}
		if client.IsRedirectURI(c, uri) && uri != registered && !strings.HasPrefix(strings.ToLower(registered), "http://") {
			t.Fatalf("%q was taken for %q", uri, registered)
		}
	})
}
