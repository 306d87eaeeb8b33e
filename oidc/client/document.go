package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/claviger-id/claviger/storage"
)

// Document is a registration as it is written down: the metadata of RFC 7591
// section 2, OpenID Connect Dynamic Client Registration section 2 and the
// specifications that add to them, and names of our own: profile,
// audiences, resource_uris, pkce_optional, require_consent, required_roles, acting,
// assertion_issuers, session_idle and session_absolute.
type Document struct {
	ID         string          `json:"client_id,omitempty"`
	Name       string          `json:"client_name,omitempty"`
	Profile    string          `json:"profile,omitempty"`
	AuthMethod string          `json:"token_endpoint_auth_method,omitempty"`
	AuthAlg    string          `json:"token_endpoint_auth_signing_alg,omitempty"`
	JWKS       json.RawMessage `json:"jwks,omitempty"`
	JWKSURI    string          `json:"jwks_uri,omitempty"`
	// RFC 8705 section 2.1.2.
	TLSDN    string `json:"tls_client_auth_subject_dn,omitempty"`
	TLSDNS   string `json:"tls_client_auth_san_dns,omitempty"`
	TLSURI   string `json:"tls_client_auth_san_uri,omitempty"`
	TLSIP    string `json:"tls_client_auth_san_ip,omitempty"`
	TLSEmail string `json:"tls_client_auth_san_email,omitempty"`

	RedirectURIs           []string `json:"redirect_uris,omitempty"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris,omitempty"`
	GrantTypes             []string `json:"grant_types,omitempty"`
	ResponseTypes          []string `json:"response_types,omitempty"`
	Scope                  string   `json:"scope,omitempty"`
	RequiredRoles          []string `json:"required_roles,omitempty"`
	Audiences              []string `json:"audiences,omitempty"`
	ResourceURIs           []string `json:"resource_uris,omitempty"`

	IDTokenAlg       string `json:"id_token_signed_response_alg,omitempty"`
	AccessTokenAlg   string `json:"access_token_signed_response_alg,omitempty"`
	UserinfoAlg      string `json:"userinfo_signed_response_alg,omitempty"`
	IntrospectionAlg string `json:"introspection_signed_response_alg,omitempty"`
	AuthorizationAlg string `json:"authorization_signed_response_alg,omitempty"`
	RequestObjectAlg string `json:"request_object_signing_alg,omitempty"`

	RequireSignedRequest  bool   `json:"require_signed_request_object,omitempty"`
	RequirePushed         bool   `json:"require_pushed_authorization_requests,omitempty"`
	DPoPBound             bool   `json:"dpop_bound_access_tokens,omitempty"`
	CertificateBound      bool   `json:"tls_client_certificate_bound_access_tokens,omitempty"`
	PKCEOptional          bool   `json:"pkce_optional,omitempty"`
	BackchannelLogoutURI  string `json:"backchannel_logout_uri,omitempty"`
	FrontchannelLogoutURI string `json:"frontchannel_logout_uri,omitempty"`
	RequireConsent        bool   `json:"require_consent,omitempty"`
	Acting                bool   `json:"acting,omitempty"`
	// AssertionIssuers are ours: whose assertions the client may bring as grants.
	AssertionIssuers []storage.AssertionIssuer `json:"assertion_issuers,omitempty"`
	SubjectType      string                    `json:"subject_type,omitempty"`
	SectorURI        string                    `json:"sector_identifier_uri,omitempty"`
	// SessionIdle and SessionAbsolute are ours, in seconds.
	SessionIdle      int64    `json:"session_idle,omitempty"`
	SessionAbsolute  int64    `json:"session_absolute,omitempty"`
	DefaultMaxAge    *int64   `json:"default_max_age,omitempty"`
	DefaultACRValues []string `json:"default_acr_values,omitempty"`
	// RequiredACR is ours: the class without which nobody gets in.
	RequiredACR string `json:"required_acr,omitempty"`

	// What people and operators are told of the application.
	ClientURI        string   `json:"client_uri,omitempty"`
	LogoURI          string   `json:"logo_uri,omitempty"`
	PolicyURI        string   `json:"policy_uri,omitempty"`
	TermsURI         string   `json:"tos_uri,omitempty"`
	InitiateLoginURI string   `json:"initiate_login_uri,omitempty"`
	Contacts         []string `json:"contacts,omitempty"`
	ApplicationType  string   `json:"application_type,omitempty"`
	SoftwareID       string   `json:"software_id,omitempty"`
	SoftwareVersion  string   `json:"software_version,omitempty"`
}

// ParseDocument reads a document. A member that is not known is an error: it
// would be believed to have an effect.
func ParseDocument(text []byte) (Document, error) {
	var d Document
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return Document{}, fmt.Errorf("the registration cannot be read: %w", err)
	}
	if decoder.More() {
		return Document{}, errors.New("the registration is followed by something else")
	}
	for _, t := range d.ResponseTypes {
		if t != "code" {
			return Document{}, fmt.Errorf("the response type %q is not offered; there is code", t)
		}
	}
	return d, nil
}

// Client is the registration that the document describes, without secrets.
// Validate judges it.
func (d Document) Client() storage.Client {
	c := storage.Client{
		ID: d.ID, Name: d.Name, Profile: d.Profile, AuthMethod: d.AuthMethod, AuthAlg: d.AuthAlg, JWKS: d.JWKS, JWKSURI: d.JWKSURI,
		RedirectURIs: d.RedirectURIs, PostLogoutRedirectURIs: d.PostLogoutRedirectURIs, GrantTypes: d.GrantTypes,
		Scopes: strings.Fields(d.Scope), Roles: d.RequiredRoles, Audiences: d.Audiences, ResourceURIs: d.ResourceURIs,
		IDTokenAlg: d.IDTokenAlg, AccessTokenAlg: d.AccessTokenAlg, UserinfoAlg: d.UserinfoAlg, IntrospectionAlg: d.IntrospectionAlg,
		AuthorizationAlg: d.AuthorizationAlg, RequestObjectAlg: d.RequestObjectAlg,
		RequireSignedRequest: d.RequireSignedRequest, RequirePushed: d.RequirePushed, DPoPBound: d.DPoPBound, CertificateBound: d.CertificateBound,
		BackchannelLogoutURI: d.BackchannelLogoutURI, FrontchannelLogoutURI: d.FrontchannelLogoutURI, PKCEOptional: d.PKCEOptional, Consent: d.RequireConsent, Acting: d.Acting, AssertionIssuers: d.AssertionIssuers, SubjectType: d.SubjectType, SectorURI: d.SectorURI,
		SessionIdle: d.SessionIdle, SessionAbsolute: d.SessionAbsolute,
		DefaultMaxAge: d.DefaultMaxAge, DefaultACRValues: d.DefaultACRValues, RequiredACR: d.RequiredACR,
		ClientURI: d.ClientURI, LogoURI: d.LogoURI, PolicyURI: d.PolicyURI, TermsURI: d.TermsURI, InitiateLoginURI: d.InitiateLoginURI,
		Contacts: d.Contacts, ApplicationType: d.ApplicationType, SoftwareID: d.SoftwareID, SoftwareVersion: d.SoftwareVersion,
	}
	c.AuthMethod = AuthMethod(c)
	if c.Name == "" {
		c.Name = c.ID
	}
	if s := (storage.TLSSubject{DN: d.TLSDN, DNS: d.TLSDNS, URI: d.TLSURI, IP: d.TLSIP, Email: d.TLSEmail}); s != (storage.TLSSubject{}) {
		c.TLSSubject = &s
	}
	return c
}

// Describe is the document of a registration, without secrets: what Client makes
// a registration of again.
func Describe(c storage.Client) Document {
	d := Document{
		ID: c.ID, Name: c.Name, Profile: c.Profile, AuthMethod: AuthMethod(c), AuthAlg: c.AuthAlg, JWKS: c.JWKS, JWKSURI: c.JWKSURI,
		RedirectURIs: c.RedirectURIs, PostLogoutRedirectURIs: c.PostLogoutRedirectURIs, GrantTypes: c.GrantTypes,
		Scope: strings.Join(c.Scopes, " "), RequiredRoles: c.Roles, Audiences: c.Audiences, ResourceURIs: c.ResourceURIs,
		IDTokenAlg: c.IDTokenAlg, AccessTokenAlg: c.AccessTokenAlg, UserinfoAlg: c.UserinfoAlg, IntrospectionAlg: c.IntrospectionAlg,
		AuthorizationAlg: c.AuthorizationAlg, RequestObjectAlg: c.RequestObjectAlg,
		RequireSignedRequest: c.RequireSignedRequest, RequirePushed: c.RequirePushed, DPoPBound: c.DPoPBound, CertificateBound: c.CertificateBound,
		BackchannelLogoutURI: c.BackchannelLogoutURI, FrontchannelLogoutURI: c.FrontchannelLogoutURI, PKCEOptional: c.PKCEOptional, RequireConsent: c.Consent, Acting: c.Acting, AssertionIssuers: c.AssertionIssuers, SubjectType: c.SubjectType, SectorURI: c.SectorURI,
		SessionIdle: c.SessionIdle, SessionAbsolute: c.SessionAbsolute,
		DefaultMaxAge: c.DefaultMaxAge, DefaultACRValues: c.DefaultACRValues, RequiredACR: c.RequiredACR,
		ClientURI: c.ClientURI, LogoURI: c.LogoURI, PolicyURI: c.PolicyURI, TermsURI: c.TermsURI, InitiateLoginURI: c.InitiateLoginURI,
		Contacts: c.Contacts, ApplicationType: c.ApplicationType, SoftwareID: c.SoftwareID, SoftwareVersion: c.SoftwareVersion,
	}
	if s := c.TLSSubject; s != nil {
		d.TLSDN, d.TLSDNS, d.TLSURI, d.TLSIP, d.TLSEmail = s.DN, s.DNS, s.URI, s.IP, s.Email
	}
	return d
}
