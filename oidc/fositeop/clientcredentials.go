package fositeop

import (
	"context"
	"slices"

	"github.com/ory/fosite"

	"github.com/claviger-id/claviger/oidc/claims"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/storage"
)

// clientCredentials is the grant of RFC 6749 section 4.4: a client on its own
// behalf. There is nothing to store: the token is all there is.
type clientCredentials struct{ tokens *tokens }

var _ fosite.TokenEndpointHandler = (*clientCredentials)(nil)

// CanHandleTokenEndpointRequest says yes: it is listed for this grant alone.
func (h *clientCredentials) CanHandleTokenEndpointRequest(context.Context, fosite.AccessRequester) bool {
	return true
}

// CanSkipClientAuth says no.
func (h *clientCredentials) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool {
	return false
}

// HandleTokenEndpointRequest checks what the client may have.
func (h *clientCredentials) HandleTokenEndpointRequest(ctx context.Context, r fosite.AccessRequester) error {
	c := memoOf(ctx).client
	if client.Public(c) {
		return fault.New(fault.UnauthorizedClient, "A public client has no credentials.") // section 4.4
	}
	scopes, err := ownScopes(c, r.GetRequestedScopes())
	if err != nil {
		return err
	}
	r.SetSession(&session{subject: c.ID, grant: storage.Grant{ClientID: c.ID, Audience: audiences(c)}})
	for _, s := range scopes {
		r.GrantScope(s)
	}
	return nil
}

// PopulateTokenEndpointResponse makes the token. There is no refresh token
// (section 4.4.3).
func (h *clientCredentials) PopulateTokenEndpointResponse(ctx context.Context, r fosite.AccessRequester, w fosite.AccessResponder) error {
	return h.tokens.accessOnly(ctx, r, w)
}

// ownScopes returns the scopes that a client may have without a person. What
// stands for a person's data is refused; without any, those are granted that the
// client is registered for.
func ownScopes(c storage.Client, asked []string) ([]string, error) {
	person := func(s string) bool { return slices.Contains(claims.Scopes(), s) || s == client.ScopeOffline }
	if len(asked) == 0 {
		return slices.DeleteFunc(slices.Clone(c.Scopes), person), nil
	}
	var scopes []string
	for _, s := range asked {
		switch {
		case person(s) || !slices.Contains(c.Scopes, s):
			return nil, fault.New(fault.InvalidScope, "The client may not have the scope "+s+" on its own.")
		case !slices.Contains(scopes, s):
			scopes = append(scopes, s)
		}
	}
	return scopes, nil
}

// audiences is what the client's tokens may be addressed to.
func audiences(c storage.Client) []string {
	if len(c.Audiences) == 0 {
		return []string{c.ID}
	}
	return c.Audiences[:1]
}

// accessOnly answers with an access token and nothing else.
func (t *tokens) accessOnly(ctx context.Context, r fosite.Requester, w fosite.AccessResponder) error {
	access, _, err := t.GenerateAccessToken(ctx, r)
	if err != nil {
		return memoOf(ctx).fail(err)
	}
	w.SetAccessToken(access)
	w.SetTokenType("Bearer") // fosite asks for one; the engine says what it is
	return nil
}
