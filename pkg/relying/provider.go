package relying

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Provider is an OpenID Provider as its discovery document describes it
// (OpenID Connect Discovery 1.0 section 3). Make one with [Discover].
type Provider struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	UserInfoEndpoint      string   `json:"userinfo_endpoint"`
	EndSessionEndpoint    string   `json:"end_session_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	Scopes                []string `json:"scopes_supported"`
	IDTokenAlgorithms     []string `json:"id_token_signing_alg_values_supported"`
	CodeChallengeMethods  []string `json:"code_challenge_methods_supported"`
	// NamesIssuer says that every authorization response carries iss
	// (RFC 9207 section 3), so that one without it is refused.
	NamesIssuer bool `json:"authorization_response_iss_parameter_supported"`

	// What only a Claviger has; empty elsewhere.
	SessionEndpoint         string `json:"claviger_session_endpoint"`
	SessionActivityEndpoint string `json:"claviger_session_activity_endpoint"`
	SessionScriptURI        string `json:"claviger_session_script_uri"`
	LogoutsEndpoint         string `json:"claviger_logouts_endpoint"`

	env  Environment
	keys *keys
}

// Discover reads the provider's discovery document and checks it. The keys are
// read when the first token is verified.
func Discover(ctx context.Context, env Environment, issuer string) (*Provider, error) {
	if err := secureURL(issuer); err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	// OpenID Connect Discovery 1.0 section 4.1.
	address := strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("discovery: %w", err)
	}
	p := &Provider{env: env}
	if err := env.do(ctx, req, p); err != nil {
		return nil, fmt.Errorf("discovery: %w", err)
	}
	// Section 4.3: the issuer must be exactly the one that was asked.
	if p.Issuer != issuer {
		return nil, fmt.Errorf("discovery: %s calls itself %q", issuer, p.Issuer)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("discovery: %w", err)
	}
	p.keys = &keys{env: env, address: p.JWKSURI, fetching: make(chan struct{}, 1)}
	return p, nil
}

func (p *Provider) check() error {
	endpoints := []struct {
		name, address string
		required      bool
	}{
		{"authorization_endpoint", p.AuthorizationEndpoint, true},
		{"token_endpoint", p.TokenEndpoint, true},
		{"jwks_uri", p.JWKSURI, true},
		{"userinfo_endpoint", p.UserInfoEndpoint, false},
		{"end_session_endpoint", p.EndSessionEndpoint, false},
		{"claviger_session_endpoint", p.SessionEndpoint, false},
		{"claviger_session_activity_endpoint", p.SessionActivityEndpoint, false},
		{"claviger_session_script_uri", p.SessionScriptURI, false},
		{"claviger_logouts_endpoint", p.LogoutsEndpoint, false},
	}
	for _, e := range endpoints {
		if e.address == "" && !e.required {
			continue
		}
		if err := secureURL(e.address); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	// RFC 9700 section 2.1.1: without this announcement a client cannot know
	// that the provider checks its code_verifier.
	if !slices.Contains(p.CodeChallengeMethods, "S256") {
		return fmt.Errorf("the provider does not say that it checks PKCE with S256")
	}
	return nil
}
