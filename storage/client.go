package storage

import (
	"context"
	"time"
)

// Client is a registered relying application. Field names follow RFC 7591
// section 2 where it names the same thing.
type Client struct {
	ID   string `json:"-"`
	Name string `json:"client_name"`
	// AuthMethod is token_endpoint_auth_method: none, client_secret_basic or
	// client_secret_post.
	AuthMethod string `json:"token_endpoint_auth_method"`
	// Secrets are the SHA-256 of generated secrets; two may overlap while one
	// replaces the other.
	Secrets                []ClientSecret `json:"secrets,omitempty"`
	RedirectURIs           []string       `json:"redirect_uris,omitempty"`
	PostLogoutRedirectURIs []string       `json:"post_logout_redirect_uris,omitempty"`
	GrantTypes             []string       `json:"grant_types,omitempty"`
	// Scopes is what the client may ask for.
	Scopes []string `json:"scopes,omitempty"`
	// Audiences is what access tokens of this client may be addressed to;
	// the first is the default. Empty means the client's own id.
	Audiences []string `json:"audiences,omitempty"`
	// IDTokenAlg and AccessTokenAlg are JWS algorithms; empty means ES256.
	IDTokenAlg     string `json:"id_token_signed_response_alg,omitempty"`
	AccessTokenAlg string `json:"access_token_signed_response_alg,omitempty"`
	// PKCEOptional exempts a confidential client from PKCE.
	PKCEOptional bool      `json:"pkce_optional,omitempty"`
	CreatedAt    time.Time `json:"-"`
	UpdatedAt    time.Time `json:"-"`
	// Version counts changes, from 1.
	Version int64 `json:"-"`
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
	// List returns up to limit clients with an id greater than after, by id.
	List(ctx context.Context, after string, limit int) ([]Client, error)
	// Newest returns the latest UpdatedAt of all clients and their number: a
	// cheap answer to "has anything changed?" for the caches of replicas.
	Newest(ctx context.Context) (time.Time, int64, error)
}
