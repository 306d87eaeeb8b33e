package fositeop

import (
	"context"
	"errors"

	"github.com/go-jose/go-jose/v3"
	"github.com/ory/fosite"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/storage"
)

// view shows a client to fosite. It has no keys and no request URIs, so that
// fosite never parses a request object, and no secret: authentication is ours.
type view struct{ storage.Client }

var _ fosite.Client = view{}

// GetID returns the client id.
func (v view) GetID() string { return v.ID }

// GetHashedSecret returns nothing.
func (v view) GetHashedSecret() []byte { return nil }

// GetRedirectURIs returns the registered URIs.
func (v view) GetRedirectURIs() []string { return v.RedirectURIs }

// GetGrantTypes returns the grant types that the client may use.
func (v view) GetGrantTypes() fosite.Arguments {
	if len(v.GrantTypes) == 0 {
		return fosite.Arguments{client.GrantAuthorizationCode}
	}
	return v.GrantTypes
}

// GetResponseTypes returns the one that there is.
func (v view) GetResponseTypes() fosite.Arguments { return fosite.Arguments{"code"} }

// GetScopes returns what the client may ask for.
func (v view) GetScopes() fosite.Arguments { return v.Scopes }

// IsPublic says that the client has no secret.
func (v view) IsPublic() bool { return client.Public(v.Client) }

// GetAudience returns what the client's tokens may be addressed to.
func (v view) GetAudience() fosite.Arguments {
	if len(v.Audiences) == 0 {
		return fosite.Arguments{v.ID}
	}
	return v.Audiences
}

// unused stands where fosite would make something of its own that we never let
// it use.
type unused struct{}

var errUnused = errors.New("fositeop: fosite does not do this here")

// Compare refuses.
func (unused) Compare(context.Context, []byte, []byte) error { return errUnused }

// Hash refuses.
func (unused) Hash(context.Context, []byte) ([]byte, error) { return nil, errUnused }

// Resolve refuses.
func (unused) Resolve(context.Context, string, bool) (*jose.JSONWebKeySet, error) {
	return nil, errUnused
}
