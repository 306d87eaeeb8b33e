package oidc

import (
	"context"
	"net/url"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

// Engine is the rule engine of core OAuth. It returns *fault.Error for what the
// caller did wrong; any other error is ours.
type Engine interface {
	// Authorize judges an authorization request whose client is known and whose
	// redirect URI is the client's. The form holds each parameter once.
	Authorize(ctx context.Context, c storage.Client, form url.Values) error
	// Code issues an authorization code for a request that Authorize let pass.
	// storage.ErrEnded when the session ended meanwhile: nothing is issued.
	Code(ctx context.Context, c storage.Client, r flow.Request, a Authentication) (code string, err error)
	// Token answers a token request of a client that has been authenticated.
	Token(ctx context.Context, r TokenRequest) (TokenResponse, error)
	// RefreshToken reads a refresh token of the client; false when it is none.
	RefreshToken(c storage.Client, token string) (grantID string, generation int64, ok bool)
}

// Authentication is who has signed in, and how.
type Authentication struct {
	PersonID  string    `json:"person_id"`
	Subject   string    `json:"subject"`
	SessionID string    `json:"session_id"`
	AuthTime  time.Time `json:"auth_time"`
	ACR       string    `json:"acr,omitempty"`
	AMR       []string  `json:"amr,omitempty"`
	// Acting is for whom the person acts; nil: for themselves.
	Acting *Acting `json:"acting,omitempty"`
	// Counts says that a person acted, which keeps the session alive.
	Counts bool `json:"-"`
}

// TokenRequest is what came to the token endpoint.
type TokenRequest struct {
	// Client has been authenticated.
	Client storage.Client
	// Form is the body; each parameter but resource and audience stands in it
	// once.
	Form    url.Values
	Binding Binding
}

// Binding is what a client has proven to hold with a request. Tokens are bound
// to it.
type Binding struct {
	// JKT is the thumbprint of a key (RFC 9449 section 6.1), X5T that of a
	// certificate (RFC 8705 section 3.1), each empty when there is none.
	JKT, X5T string
}

// The types of access tokens (RFC 6750, RFC 9449 section 5).
const (
	TypeBearer = "Bearer"
	TypeDPoP   = "DPoP"
)

// TokenResponse is RFC 6749 section 5.1 and OpenID Connect Core section
// 3.1.3.3.
type TokenResponse struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"` // seconds
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	Scope        string `json:"scope,omitempty"`
	// IssuedTokenType is RFC 8693 section 2.2.1.
	IssuedTokenType string `json:"issued_token_type,omitempty"`
}
