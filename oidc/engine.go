package oidc

import (
	"context"
	"net/url"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

// Engine is the rule engine of core OAuth. It returns *Error for what the
// caller did wrong; any other error is ours.
type Engine interface {
	// Authorize judges an authorization request whose client is known and whose
	// redirect URI is the client's. The form holds each parameter once.
	Authorize(ctx context.Context, c storage.Client, form url.Values) error
	// Code issues an authorization code for a request that Authorize let pass.
	// storage.ErrEnded when the session ended meanwhile: nothing is issued.
	Code(ctx context.Context, c storage.Client, r flow.Request, a Authentication) (code string, err error)
	// Token answers a token request.
	Token(ctx context.Context, r TokenRequest) (TokenResponse, error)
}

// Authentication is who has signed in, and how.
type Authentication struct {
	PersonID  string    `json:"person_id"`
	Subject   string    `json:"subject"`
	SessionID string    `json:"session_id"`
	AuthTime  time.Time `json:"auth_time"`
	ACR       string    `json:"acr,omitempty"`
	AMR       []string  `json:"amr,omitempty"`
	// Counts says that a person acted, which keeps the session alive.
	Counts bool `json:"-"`
}

// TokenRequest is what came to the token endpoint.
type TokenRequest struct {
	// Form is the body; each parameter stands in it once.
	Form url.Values
	// Authorization is the header of this name, or empty.
	Authorization string
}

// TokenResponse is RFC 6749 section 5.1 and OpenID Connect Core section
// 3.1.3.3.
type TokenResponse struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"` // seconds
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	Scope        string `json:"scope"`
}
