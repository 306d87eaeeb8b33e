package fositeop

import (
	"context"

	"github.com/ory/fosite"
)

// scopeOpenID makes a request one of OpenID Connect.
const scopeOpenID = "openid"

// idTokenHandler adds an ID token to the answer of any grant that has openid
// among its scopes. fosite's own handlers judge prompt and max_age by a clock of
// their own and add a claim that no specification has.
type idTokenHandler struct{ tokens *tokens }

var _ fosite.TokenEndpointHandler = (*idTokenHandler)(nil)

// CanHandleTokenEndpointRequest says yes: who it is listed for is decided in New.
func (h *idTokenHandler) CanHandleTokenEndpointRequest(context.Context, fosite.AccessRequester) bool {
	return true
}

// CanSkipClientAuth says no.
func (h *idTokenHandler) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool {
	return false
}

// HandleTokenEndpointRequest leaves the request to the handler of the grant.
func (h *idTokenHandler) HandleTokenEndpointRequest(context.Context, fosite.AccessRequester) error {
	return fosite.ErrUnknownRequest
}

// PopulateTokenEndpointResponse adds the ID token, once there is an access token
// to hash.
func (h *idTokenHandler) PopulateTokenEndpointResponse(ctx context.Context, r fosite.AccessRequester, w fosite.AccessResponder) error {
	if !r.GetGrantedScopes().Has(scopeOpenID) {
		return nil
	}
	token, err := h.tokens.idToken(ctx, sessionOf(r), clientOf(r), w.GetAccessToken())
	if err != nil {
		return memoOf(ctx).fail(err)
	}
	w.SetExtra("id_token", token)
	return nil
}
