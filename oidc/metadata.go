package oidc

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/claviger-id/claviger/oidc/claims"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/dpop"
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
	UILocalesSupported                     []string `json:"ui_locales_supported,omitempty"`
	ClaimTypesSupported                    []string `json:"claim_types_supported"`
	ClaimsSupported                        []string `json:"claims_supported"`
	IDTokenSigningAlgValuesSupported       []string `json:"id_token_signing_alg_values_supported"`
	TokenEndpointAuthMethodsSupported      []string `json:"token_endpoint_auth_methods_supported"`
	CodeChallengeMethodsSupported          []string `json:"code_challenge_methods_supported"`
	PushedAuthorizationRequestEndpoint     string   `json:"pushed_authorization_request_endpoint"`
	DeviceAuthorizationEndpoint            string   `json:"device_authorization_endpoint"`
	IntrospectionEndpoint                  string   `json:"introspection_endpoint"`
	RevocationEndpoint                     string   `json:"revocation_endpoint"`
	RegistrationEndpoint                   string   `json:"registration_endpoint,omitempty"`
	TokenEndpointAuthSigningAlgs           []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	IntrospectionAuthMethods               []string `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectionAuthSigningAlgs           []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
	RevocationAuthMethods                  []string `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAuthSigningAlgs              []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	UserinfoSigningAlgs                    []string `json:"userinfo_signing_alg_values_supported"`
	RequestObjectSigningAlgs               []string `json:"request_object_signing_alg_values_supported"`
	AuthorizationSigningAlgs               []string `json:"authorization_signing_alg_values_supported"`
	IntrospectionSigningAlgs               []string `json:"introspection_signing_alg_values_supported"`
	DPoPSigningAlgs                        []string `json:"dpop_signing_alg_values_supported"`
	BackchannelLogoutSupported             bool     `json:"backchannel_logout_supported"`
	BackchannelLogoutSessionSupported      bool     `json:"backchannel_logout_session_supported"`
	FrontchannelLogoutSupported            bool     `json:"frontchannel_logout_supported"`
	FrontchannelLogoutSessionSupported     bool     `json:"frontchannel_logout_session_supported"`
	CertificateBoundAccessTokens           bool     `json:"tls_client_certificate_bound_access_tokens"`
	ClaimsParameterSupported               bool     `json:"claims_parameter_supported"`
	RequestParameterSupported              bool     `json:"request_parameter_supported"`
	RequestURIParameterSupported           bool     `json:"request_uri_parameter_supported"`
	AuthorizationResponseIssParamSupported bool     `json:"authorization_response_iss_parameter_supported"`

	// What nobody else has: RFC 8414 section 2 allows more, and what is ours begins with
	// our name, so that it is never taken for somebody else's.
	SessionEndpoint         string `json:"claviger_session_endpoint"`
	SessionActivityEndpoint string `json:"claviger_session_activity_endpoint"`
	SessionScriptURI        string `json:"claviger_session_script_uri"`
	LogoutsEndpoint         string `json:"claviger_logouts_endpoint"`

	// MTLSAliases is RFC 8705 section 5: the endpoints by their names, elsewhere.
	MTLSAliases map[string]string `json:"mtls_endpoint_aliases,omitempty"`
}

// tokenClaims are the claims of an ID token that are about the sign-in.
func tokenClaims() []string {
	return []string{"iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "act", "delegation"}
}

// Describe returns the metadata.
func (p *Provider) Describe() Metadata {
	methods := slices.DeleteFunc(client.AuthMethods(), func(m string) bool {
		return !p.Certificates.Enabled() && (m == client.AuthTLS || m == client.AuthSelfSignedTLS)
	})
	confidential := slices.DeleteFunc(slices.Clone(methods), func(m string) bool { return m == client.AuthNone })
	register := ""
	if p.Registrations != nil {
		register = p.Issuer + pathRegister
	}
	return Metadata{
		Issuer:                p.Issuer,
		AuthorizationEndpoint: p.Issuer + pathAuthorize,
		TokenEndpoint:         p.Issuer + pathToken,
		UserinfoEndpoint:      p.Issuer + pathUserinfo,
		EndSessionEndpoint:    p.Issuer + pathEndSession,
		JWKSURI:               p.Issuer + pathJWKS,

		ScopesSupported:                        append(claims.Scopes(), client.ScopeOffline),
		ResponseTypesSupported:                 []string{"code"},
		ResponseModesSupported:                 responseModes(),
		GrantTypesSupported:                    client.GrantTypes(),
		SubjectTypesSupported:                  []string{client.SubjectPublic, client.SubjectPairwise},
		ACRValuesSupported:                     flow.Classes(),
		PromptValuesSupported:                  flow.PromptValues(),
		UILocalesSupported:                     p.Languages,
		ClaimTypesSupported:                    []string{"normal"},
		ClaimsSupported:                        append(claims.Names(), tokenClaims()...),
		IDTokenSigningAlgValuesSupported:       p.Keys.Algorithms(),
		TokenEndpointAuthMethodsSupported:      methods,
		CodeChallengeMethodsSupported:          []string{"S256"},
		PushedAuthorizationRequestEndpoint:     p.Issuer + pathPushed,
		DeviceAuthorizationEndpoint:            p.Issuer + pathDeviceAuth,
		IntrospectionEndpoint:                  p.Issuer + pathIntrospect,
		RevocationEndpoint:                     p.Issuer + pathRevoke,
		RegistrationEndpoint:                   register,
		TokenEndpointAuthSigningAlgs:           client.AcceptedAlgorithms(),
		IntrospectionAuthMethods:               confidential,
		IntrospectionAuthSigningAlgs:           client.AcceptedAlgorithms(),
		RevocationAuthMethods:                  methods,
		RevocationAuthSigningAlgs:              client.AcceptedAlgorithms(),
		UserinfoSigningAlgs:                    p.Keys.Algorithms(),
		RequestObjectSigningAlgs:               client.AcceptedAlgorithms(),
		AuthorizationSigningAlgs:               p.Keys.Algorithms(),
		IntrospectionSigningAlgs:               p.Keys.Algorithms(),
		DPoPSigningAlgs:                        dpop.Algorithms(),
		BackchannelLogoutSupported:             true,
		BackchannelLogoutSessionSupported:      true,
		FrontchannelLogoutSupported:            true,
		FrontchannelLogoutSessionSupported:     true,
		CertificateBoundAccessTokens:           p.Certificates.Enabled(),
		SessionEndpoint:                        p.Issuer + pathSession,
		SessionActivityEndpoint:                p.Issuer + pathActivity,
		SessionScriptURI:                       p.Issuer + pathScript,
		LogoutsEndpoint:                        p.Issuer + pathLogouts,
		MTLSAliases:                            p.aliases(),
		ClaimsParameterSupported:               true,
		RequestParameterSupported:              true,
		AuthorizationResponseIssParamSupported: true,
	}
}

// aliases are the endpoints that programs with certificates call; nil where they
// call them at the issuer.
func (p *Provider) aliases() map[string]string {
	if p.Aliases == "" {
		return nil
	}
	return map[string]string{
		"token_endpoint":                        p.alias(pathToken),
		"pushed_authorization_request_endpoint": p.alias(pathPushed),
		"device_authorization_endpoint":         p.alias(pathDeviceAuth),
		"introspection_endpoint":                p.alias(pathIntrospect),
		"revocation_endpoint":                   p.alias(pathRevoke),
		"userinfo_endpoint":                     p.alias(pathUserinfo),
		"claviger_session_endpoint":             p.alias(pathSession),
		"claviger_session_activity_endpoint":    p.alias(pathActivity),
		"claviger_logouts_endpoint":             p.alias(pathLogouts),
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
	h.Set("Content-Length", strconv.Itoa(len(text)))
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
