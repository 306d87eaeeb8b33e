package storage

import (
	"context"
	"encoding/json"
	"time"
)

// Client is a registered relying application. Field names follow RFC 7591
// section 2 where it names the same thing.
type Client struct {
	ID   string `json:"-"`
	Name string `json:"client_name"`
	// Profile is the set of rules that the client lives by: baseline (also when
	// empty), fapi2 or smart.
	Profile string `json:"profile,omitempty"`
	// AuthMethod is token_endpoint_auth_method; package client lists them.
	AuthMethod string `json:"token_endpoint_auth_method"`
	// AuthAlg is the one algorithm of client assertions; empty means any that
	// the profile allows.
	AuthAlg string `json:"token_endpoint_auth_signing_alg,omitempty"`
	// Secrets are the SHA-256 of generated secrets; two may overlap while one
	// replaces the other.
	Secrets []ClientSecret `json:"secrets,omitempty"`
	// JWKS is the client's public keys (RFC 7517), by value; JWKSURI is where
	// they are fetched. At most one of the two is set.
	JWKS    json.RawMessage `json:"jwks,omitempty"`
	JWKSURI string          `json:"jwks_uri,omitempty"`
	// TLSSubject is the one name that identifies the certificate of a client
	// that authenticates with tls_client_auth (RFC 8705 section 2.1.2).
	TLSSubject *TLSSubject `json:"tls_client_auth,omitempty"`

	RedirectURIs           []string `json:"redirect_uris,omitempty"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris,omitempty"`
	GrantTypes             []string `json:"grant_types,omitempty"`
	// Scopes is what the client may ask for.
	Scopes []string `json:"scopes,omitempty"`
	// Roles are those of which a person needs one, in some organization, to use the
	// application; none means that it is for everybody.
	Roles []string `json:"required_roles,omitempty"`
	// Audiences is what access tokens of this client may be addressed to;
	// the first is the default. Empty means the client's own id.
	Audiences []string `json:"audiences,omitempty"`
	// ResourceURIs is what the client itself answers for as a resource server:
	// it may introspect and exchange tokens that are addressed to these.
	ResourceURIs []string `json:"resource_uris,omitempty"`
	// IDTokenAlg and AccessTokenAlg are JWS algorithms; empty means ES256.
	IDTokenAlg     string `json:"id_token_signed_response_alg,omitempty"`
	AccessTokenAlg string `json:"access_token_signed_response_alg,omitempty"`
	// UserinfoAlg, IntrospectionAlg and AuthorizationAlg have these answers
	// signed; empty means not (of authorization responses: when asked).
	UserinfoAlg      string `json:"userinfo_signed_response_alg,omitempty"`
	IntrospectionAlg string `json:"introspection_signed_response_alg,omitempty"`
	AuthorizationAlg string `json:"authorization_signed_response_alg,omitempty"`
	// RequestObjectAlg is the one algorithm of request objects; empty means any
	// that the profile allows.
	RequestObjectAlg string `json:"request_object_signing_alg,omitempty"`
	// RequireSignedRequest refuses requests without a request object (RFC 9101
	// section 10.5), RequirePushed those that were not pushed (RFC 9126 section
	// 6).
	RequireSignedRequest bool `json:"require_signed_request_object,omitempty"`
	RequirePushed        bool `json:"require_pushed_authorization_requests,omitempty"`
	// DPoPBound and CertificateBound refuse tokens that are bound to no key
	// (RFC 9449 section 5.2, RFC 8705 section 3.4).
	DPoPBound        bool `json:"dpop_bound_access_tokens,omitempty"`
	CertificateBound bool `json:"tls_client_certificate_bound_access_tokens,omitempty"`
	// PKCEOptional exempts a confidential client from PKCE.
	PKCEOptional bool `json:"pkce_optional,omitempty"`
	// AssertionIssuers are those whose assertions the client may bring as grants
	// (RFC 7523 section 2.1).
	AssertionIssuers []AssertionIssuer `json:"assertion_issuers,omitempty"`
	// SubjectType is public (also when empty) or pairwise; SectorURI is where
	// the sector of a pairwise client is laid down.
	SubjectType string `json:"subject_type,omitempty"`
	SectorURI   string `json:"sector_identifier_uri,omitempty"`
	// Acting says that people may act for others in the application, who let them.
	Acting bool `json:"acting,omitempty"`
	// Consent says that people are asked before their data is shared.
	Consent bool `json:"require_consent,omitempty"`
	// BackchannelLogoutURI and FrontchannelLogoutURI are told of the end of a
	// session.
	BackchannelLogoutURI  string `json:"backchannel_logout_uri,omitempty"`
	FrontchannelLogoutURI string `json:"frontchannel_logout_uri,omitempty"`
	// SessionIdle and SessionAbsolute are the most that the application allows of
	// a session in which it takes part, in seconds; zero means that it has no
	// limits of its own.
	SessionIdle     int64 `json:"session_idle,omitempty"`
	SessionAbsolute int64 `json:"session_absolute,omitempty"`
	// DefaultMaxAge is in seconds, nil when not set; DefaultACRValues are
	// preferences in order.
	DefaultMaxAge    *int64   `json:"default_max_age,omitempty"`
	DefaultACRValues []string `json:"default_acr_values,omitempty"`
	// RequiredACR is the class without which nobody gets in; empty: any.
	RequiredACR string `json:"required_acr,omitempty"`
	// What people are shown of the application.
	ClientURI        string   `json:"client_uri,omitempty"`
	LogoURI          string   `json:"logo_uri,omitempty"`
	PolicyURI        string   `json:"policy_uri,omitempty"`
	TermsURI         string   `json:"tos_uri,omitempty"`
	InitiateLoginURI string   `json:"initiate_login_uri,omitempty"`
	Contacts         []string `json:"contacts,omitempty"`
	// ApplicationType is web (also when empty) or native; SoftwareID and
	// SoftwareVersion are what the application says of itself (RFC 7591 section
	// 2).
	ApplicationType string `json:"application_type,omitempty"`
	SoftwareID      string `json:"software_id,omitempty"`
	SoftwareVersion string `json:"software_version,omitempty"`

	CreatedAt time.Time `json:"-"`
	UpdatedAt time.Time `json:"-"`
	// Version counts changes, from 1.
	Version int64 `json:"-"`
}

// TLSSubject is the subject of a certificate; exactly one field is set.
type TLSSubject struct {
	DN    string `json:"subject_dn,omitempty"`
	DNS   string `json:"san_dns,omitempty"`
	URI   string `json:"san_uri,omitempty"`
	IP    string `json:"san_ip,omitempty"`
	Email string `json:"san_email,omitempty"`
}

// AssertionIssuer is somebody whose word is taken for their own principals.
type AssertionIssuer struct {
	Issuer string `json:"issuer"`
	// JWKS is the issuer's public keys by value, JWKSURI where they are fetched;
	// exactly one of the two is set.
	JWKS    json.RawMessage `json:"jwks,omitempty"`
	JWKSURI string          `json:"jwks_uri,omitempty"`
}

// ClientSecret is one accepted secret of a client.
type ClientSecret struct {
	SHA256 []byte `json:"sha256"`
	// ExpiresAt is when it stops being accepted; zero means never.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// Clients keeps the registered clients.
type Clients interface {
	// Insert adds c with Version 1, or ErrConflict.
	Insert(ctx context.Context, c Client) error
	Get(ctx context.Context, id string) (Client, error)
	// Update writes all of c where the version is c.Version, or ErrStale.
	Update(ctx context.Context, c Client) error
	// Remove removes the client where the version is the given one, or ErrStale.
	Remove(ctx context.Context, id string, version int64) error
	// List returns up to limit clients with an id greater than after, by id.
	List(ctx context.Context, after string, limit int) ([]Client, error)
	// Newest returns the latest UpdatedAt of all clients and their number: a
	// cheap answer to "has anything changed?" for the caches of replicas.
	Newest(ctx context.Context) (time.Time, int64, error)
}
