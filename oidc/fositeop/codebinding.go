package fositeop

import (
	"context"

	"github.com/ory/fosite"

	"github.com/claviger-id/claviger/oidc/client"
)

// codeBinding checks what a code is bound to, and binds the grant.
type codeBinding struct{}

var _ fosite.TokenEndpointHandler = (*codeBinding)(nil)

// CanHandleTokenEndpointRequest says yes: it is listed for this grant alone.
func (*codeBinding) CanHandleTokenEndpointRequest(context.Context, fosite.AccessRequester) bool {
	return true
}

// CanSkipClientAuth says no.
func (*codeBinding) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool { return false }

// HandleTokenEndpointRequest comes after the code was redeemed.
func (*codeBinding) HandleTokenEndpointRequest(ctx context.Context, r fosite.AccessRequester) error {
	m, s := memoOf(ctx), sessionOf(r)
	// RFC 9449 section 10.
	if s.jkt != "" && s.jkt != m.binding.JKT {
		return invalidGrant(m, "The code is bound to another key than that of the DPoP proof.")
	}
	bind(m, s)
	return nil
}

// PopulateTokenEndpointResponse leaves the answer to the others.
func (*codeBinding) PopulateTokenEndpointResponse(context.Context, fosite.AccessRequester, fosite.AccessResponder) error {
	return nil
}

// bind binds the refresh tokens of a public client to its key (RFC 9449 section
// 5, RFC 8705 section 4). Those of others are bound to the client's own
// credentials already.
func bind(m *memo, s *session) {
	if client.Public(m.client) {
		s.grant.Detail.JKT, s.grant.Detail.X5T = m.binding.JKT, m.binding.X5T
	}
}
