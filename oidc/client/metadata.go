package client

import (
	"slices"

	"github.com/claviger-id/claviger/storage"
)

// The values that registrations may hold (RFC 7591 section 2, RFC 7518).
const (
	AuthNone       = "none"
	AuthBasic      = "client_secret_basic"
	AuthPost       = "client_secret_post"
	AuthPrivateKey = "private_key_jwt"
	// RFC 8705 sections 2.1 and 2.2.
	AuthTLS           = "tls_client_auth"
	AuthSelfSignedTLS = "self_signed_tls_client_auth"

	GrantAuthorizationCode = "authorization_code"
	GrantRefreshToken      = "refresh_token"
	GrantClientCredentials = "client_credentials"
	GrantDeviceCode        = "urn:ietf:params:oauth:grant-type:device_code"    // RFC 8628
	GrantTokenExchange     = "urn:ietf:params:oauth:grant-type:token-exchange" // RFC 8693
	GrantJWTBearer         = "urn:ietf:params:oauth:grant-type:jwt-bearer"     // RFC 7523

	AlgES256 = "ES256"
	AlgRS256 = "RS256"
	AlgPS256 = "PS256"
	AlgEdDSA = "EdDSA"

	// ScopeOffline asks for tokens that outlive the session (OpenID Connect
	// Core section 11).
	ScopeOffline = "offline_access"

	SubjectPublic   = "public"
	SubjectPairwise = "pairwise"
)

// AuthMethods returns the ways to authenticate at the token endpoint.
func AuthMethods() []string {
	return []string{AuthBasic, AuthPost, AuthPrivateKey, AuthTLS, AuthSelfSignedTLS, AuthNone}
}

// GrantTypes returns the grant types that are offered.
func GrantTypes() []string {
	return []string{GrantAuthorizationCode, GrantRefreshToken, GrantClientCredentials, GrantDeviceCode, GrantTokenExchange, GrantJWTBearer}
}

// Algorithms returns the JWS algorithms that tokens can be signed with, the
// default first.
func Algorithms() []string { return []string{AlgES256, AlgRS256, AlgPS256, AlgEdDSA} }

// AcceptedAlgorithms returns the JWS algorithms that clients may sign with.
func AcceptedAlgorithms() []string { return []string{AlgES256, AlgRS256, AlgPS256, AlgEdDSA} }

// HasSecret says that the client authenticates with a secret that we gave it.
func HasSecret(c storage.Client) bool {
	return AuthMethod(c) == AuthBasic || AuthMethod(c) == AuthPost
}

// Public says that the client cannot keep a secret (RFC 6749 section 2.1).
func Public(c storage.Client) bool { return c.AuthMethod == AuthNone }

// AuthMethod is how the client authenticates; RFC 7591 section 2 has the
// default.
func AuthMethod(c storage.Client) string {
	if c.AuthMethod == "" {
		return AuthBasic
	}
	return c.AuthMethod
}

// MayUse says that the client may use a grant type. A client registered for
// none may use the authorization code (RFC 7591 section 2).
func MayUse(c storage.Client, grantType string) bool {
	if len(c.GrantTypes) == 0 {
		return grantType == GrantAuthorizationCode
	}
	return slices.Contains(c.GrantTypes, grantType)
}

// IDTokenAlg is the algorithm of the client's ID tokens.
func IDTokenAlg(c storage.Client) string { return algorithm(c.IDTokenAlg) }

// AccessTokenAlg is the algorithm of the client's access tokens.
func AccessTokenAlg(c storage.Client) string { return algorithm(c.AccessTokenAlg) }

func algorithm(registered string) string {
	if registered == "" {
		return AlgES256
	}
	return registered
}

// Audience is what the client's access tokens are addressed to when it names
// nothing (RFC 9068 section 3).
func Audience(c storage.Client) string {
	if len(c.Audiences) == 0 {
		return c.ID
	}
	return c.Audiences[0]
}

// RequiresPKCE says that the client must use PKCE (RFC 7636). A public client
// always must (RFC 9700 section 2.1.1).
func RequiresPKCE(c storage.Client) bool { return Public(c) || !c.PKCEOptional }
