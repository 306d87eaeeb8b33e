package fositeop

import (
	"context"
	"errors"

	"github.com/ory/fosite"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/storage"
)

// jwtBearer is the grant of RFC 7523 section 2.1: a client brings what a trusted
// issuer says of one of its principals. There is nothing to store: the token is
// all there is.
type jwtBearer struct {
	o      Options
	tokens *tokens
}

var _ fosite.TokenEndpointHandler = (*jwtBearer)(nil)

// CanHandleTokenEndpointRequest says yes: it is listed for this grant alone.
func (h *jwtBearer) CanHandleTokenEndpointRequest(context.Context, fosite.AccessRequester) bool {
	return true
}

// CanSkipClientAuth says no: section 2.1 leaves it open, and we do not.
func (h *jwtBearer) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool { return false }

// HandleTokenEndpointRequest judges the assertion and what is asked for.
func (h *jwtBearer) HandleTokenEndpointRequest(ctx context.Context, r fosite.AccessRequester) error {
	m := memoOf(ctx)
	c, text := m.client, r.GetRequestForm().Get("assertion")
	switch {
	case client.Public(c):
		return fault.New(fault.UnauthorizedClient, "A public client may not bring assertions.")
	case text == "":
		return fault.New(fault.InvalidRequest, "The parameter assertion is missing.")
	}
	// What a client may not have uses up no assertion.
	scopes, err := ownScopes(c, r.GetRequestedScopes())
	if err != nil {
		return err
	}
	subject, left, err := h.o.Assertions.Verify(ctx, c, text)
	var refused *fault.Error
	if errors.As(err, &refused) {
		return refused
	}
	if err != nil {
		return m.fail(err)
	}
	r.SetSession(&session{subject: subject, life: min(left, h.o.TokenLife), grant: storage.Grant{ClientID: c.ID, Audience: audiences(c)}})
	for _, s := range scopes {
		r.GrantScope(s)
	}
	return nil
}

// PopulateTokenEndpointResponse makes the token. There is no refresh token:
// another assertion does (RFC 7521 section 4.1).
func (h *jwtBearer) PopulateTokenEndpointResponse(ctx context.Context, r fosite.AccessRequester, w fosite.AccessResponder) error {
	return h.tokens.accessOnly(ctx, r, w)
}
