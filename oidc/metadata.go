package oidc

import (
	"encoding/json"
	"net/http"

	"github.com/claviger-id/claviger/oidc/claims"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/flow"
)

// Metadata is what is published of the provider: OpenID Connect Discovery
// section 3 and RFC 8414 section 2 are one document.
type Metadata struct {
	Issuer                                 string   `json:"issuer"`
	AuthorizationEndpoint                  string   `json:"authorization_endpoint"`
	TokenEndpoint                          string   `json:"token_endpoint"`
	UserinfoEndpoint                       string   `json:"userinfo_endpoint"`
	EndSessionEndpoint                     string   `json:"end_session_endpoint"`
	JWKSURI                                string   `json:"jwks_uri"`
	ScopesSupported                        []string `json:"scopes_supported"`
	ResponseTypesSupported                 []string `json:"response_types_supported"`
	ResponseModesSupported                 []string `json:"response_modes_supported"`
	GrantTypesSupported                    []string `json:"grant_types_supported"`
	SubjectTypesSupported                  []string `json:"subject_types_supported"`
	ACRValuesSupported                     []string `json:"acr_values_supported"`
	PromptValuesSupported                  []string `json:"prompt_values_supported"`
	ClaimTypesSupported                    []string `json:"claim_types_supported"`
	ClaimsSupported                        []string `json:"claims_supported"`
	IDTokenSigningAlgValuesSupported       []string `json:"id_token_signing_alg_values_supported"`
	TokenEndpointAuthMethodsSupported      []string `json:"token_endpoint_auth_methods_supported"`
	CodeChallengeMethodsSupported          []string `json:"code_challenge_methods_supported"`
	ClaimsParameterSupported               bool     `json:"claims_parameter_supported"`
	RequestParameterSupported              bool     `json:"request_parameter_supported"`
	RequestURIParameterSupported           bool     `json:"request_uri_parameter_supported"`
	AuthorizationResponseIssParamSupported bool     `json:"authorization_response_iss_parameter_supported"`
}

// tokenClaims are the claims of an ID token that are about the sign-in.
func tokenClaims() []string {
	return []string{"iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"}
}

// Describe returns the metadata.
func (p *Provider) Describe() Metadata {
	return Metadata{
		Issuer:                p.Issuer,
		AuthorizationEndpoint: p.Issuer + pathAuthorize,
		TokenEndpoint:         p.Issuer + pathToken,
		UserinfoEndpoint:      p.Issuer + pathUserinfo,
		EndSessionEndpoint:    p.Issuer + pathEndSession,
		JWKSURI:               p.Issuer + pathJWKS,

		ScopesSupported:                        claims.Scopes(),
		ResponseTypesSupported:                 []string{"code"},
		ResponseModesSupported:                 []string{modeQuery, modeFormPost},
		GrantTypesSupported:                    client.GrantTypes(),
		SubjectTypesSupported:                  []string{"public"},
		ACRValuesSupported:                     []string{flow.ACRPassword},
		PromptValuesSupported:                  flow.PromptValues(),
		ClaimTypesSupported:                    []string{"normal"},
		ClaimsSupported:                        append(claims.Names(), tokenClaims()...),
		IDTokenSigningAlgValuesSupported:       p.Keys.Algorithms(),
		TokenEndpointAuthMethodsSupported:      client.AuthMethods(),
		CodeChallengeMethodsSupported:          []string{"S256"},
		AuthorizationResponseIssParamSupported: true,
	}
}

// publicFor is how long others may keep what is published: short against the
// day for which a new key is announced before it signs.
const publicFor = "public, max-age=300"

func (p *Provider) metadata(w http.ResponseWriter, _ *http.Request) error {
	text, err := p.metadataText()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", publicFor)
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(text)
	return err
}

// metadataText makes the document once: nothing in it changes while we run.
func (p *Provider) metadataText() ([]byte, error) {
	p.once.Do(func() { p.published, p.publishedErr = json.Marshal(p.Describe()) })
	return p.published, p.publishedErr
}
