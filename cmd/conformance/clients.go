package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"

	"github.com/go-jose/go-jose/v4"
)

// client is one client of a plan: how it is registered here, and what the suite
// has to know to be it.
type client struct {
	registration map[string]any
	// private is the client's own keys, for the suite alone.
	private jose.JSONWebKeySet
	secret  string
}

func (c *client) id() string { return c.registration["client_id"].(string) } //nolint:forcetypeassert // set below, always a string

// as is how the suite is told of the client.
func (c *client) as() map[string]any {
	told := map[string]any{"client_id": c.id(), "client_name": c.registration["client_name"]}
	if scope, ok := c.registration["scope"]; ok {
		told["scope"] = scope
	}
	if c.secret != "" {
		told["client_secret"] = c.secret
	}
	if len(c.private.Keys) > 0 {
		told["jwks"] = c.private
	}
	return told
}

// The addresses of the suite for the alias that all configurations have.
const alias = "claviger"

func (o options) callback() string { return o.suite + "/test/a/" + alias + "/callback" }

// redirects are those of the first and of the second client of a plan. Some
// modules use the first one's for both.
func (o options) redirects(second bool) []string {
	if second {
		return []string{o.callback(), o.callback() + "?dummy1=lorem&dummy2=ipsum"}
	}
	return []string{o.callback()}
}

// connect is a client of the OpenID Connect plans: a secret, RS256, and no PKCE,
// since the suite's requests in these plans mostly have none.
func (o options) connect(id, method string, second bool) *client {
	return &client{registration: map[string]any{
		"client_id": id, "client_name": "Conformance " + id, "redirect_uris": o.redirects(second),
		"token_endpoint_auth_method": method, "grant_types": []string{"authorization_code", "refresh_token"},
		"response_types":               []string{"code"},
		"scope":                        "openid profile email address phone offline_access",
		"id_token_signed_response_alg": "RS256", "pkce_optional": true,
	}}
}

// leaving is a client of the logout plans.
func (o options) leaving(id string, backchannel bool) *client {
	c := o.connect(id, "client_secret_basic", false)
	c.registration["post_logout_redirect_uris"] = []string{o.suite + "/test/a/" + alias + "/post_logout_redirect"}
	if backchannel {
		c.registration["backchannel_logout_uri"] = o.suite + "/test/a/" + alias + "/backchannel_logout"
	}
	return c
}

// financial is a client of the FAPI 2.0 plans, which proves itself and what it
// holds by keys.
func (o options) financial(id, method, alg string, second bool, change map[string]any) (*client, error) {
	c := &client{registration: map[string]any{
		"client_id": id, "client_name": "Conformance " + id, "redirect_uris": o.redirects(second), "profile": "fapi2",
		"token_endpoint_auth_method": method, "grant_types": []string{"authorization_code", "refresh_token"},
		"response_types": []string{"code"}, "scope": "openid profile email address phone offline_access",
		"id_token_signed_response_alg": "PS256",
	}}
	key, err := newKey(id, alg)
	if err != nil {
		return nil, err
	}
	c.private = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}}
	public, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}})
	if err != nil {
		return nil, err
	}
	c.registration["jwks"] = json.RawMessage(public)
	for name, value := range change {
		c.registration[name] = value
	}
	return c, nil
}

// newKey makes a signing key.
func newKey(id, alg string) (jose.JSONWebKey, error) {
	var (
		key crypto.PrivateKey
		err error
	)
	if alg == "PS256" {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return jose.JSONWebKey{Key: key, KeyID: id, Algorithm: alg, Use: "sig"}, err
}
