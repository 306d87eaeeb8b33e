package fositeop

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ory/fosite"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/storage"
)

// typeAccessToken is RFC 8693 section 3.
const typeAccessToken = "urn:ietf:params:oauth:token-type:access_token"

// maxActors bounds the chain of services that a token has come through.
const maxActors = 5

// tokenExchange is the grant of RFC 8693, for one purpose: a service that was
// called with an access token calls another one on behalf of the same person.
// The new token lives no longer, carries no more, and says who acts.
type tokenExchange struct {
	o      Options
	tokens *tokens
}

var _ fosite.TokenEndpointHandler = (*tokenExchange)(nil)

// CanHandleTokenEndpointRequest says yes: it is listed for this grant alone.
func (h *tokenExchange) CanHandleTokenEndpointRequest(context.Context, fosite.AccessRequester) bool {
	return true
}

// CanSkipClientAuth says no.
func (h *tokenExchange) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool { return false }

// HandleTokenEndpointRequest checks the subject token and what is asked for.
func (h *tokenExchange) HandleTokenEndpointRequest(ctx context.Context, r fosite.AccessRequester) error {
	m, form := memoOf(ctx), r.GetRequestForm()
	c := m.client
	switch {
	case client.Public(c):
		return fault.New(fault.UnauthorizedClient, "A public client may not exchange tokens.")
	case form.Get("subject_token") == "" || form.Get("subject_token_type") != typeAccessToken:
		return fault.New(fault.InvalidRequest, "The subject_token is missing, or its type is not "+typeAccessToken+".")
	case form.Get("requested_token_type") != "" && form.Get("requested_token_type") != typeAccessToken:
		return fault.New(fault.InvalidRequest, "The requested_token_type is not "+typeAccessToken+".")
	case form.Get("actor_token") != "":
		return fault.New(fault.InvalidRequest, "The client itself is the actor; there is no actor_token.")
	}
	held, err := h.o.Tokens.Access(ctx, form.Get("subject_token"))
	var refused *fault.Error
	if errors.As(err, &refused) {
		// RFC 8693 section 2.2.2.
		return &fault.Error{Code: fault.InvalidRequest, Description: "The subject_token is not valid: " + refused.Description, ClientID: c.ID}
	}
	if err != nil {
		return m.fail(err)
	}
	// Who was not the token's audience has it from somewhere else.
	if !oidc.Addressed(c, held.Audience) {
		return &fault.Error{Code: fault.InvalidRequest, Description: "The subject_token is not addressed to this client.", ClientID: c.ID}
	}
	audience, err := exchangeAudience(c, append(slices.Clone(form["resource"]), form["audience"]...))
	if err != nil {
		return err
	}
	if held.Delegation != nil {
		if err := h.refuseActing(ctx, m, held.Grant, audience); err != nil {
			return err
		}
	}
	scopes, err := exchangeScopes(c, held.Scope, r.GetRequestedScopes())
	if err != nil {
		return err
	}
	actor := &oidc.Actor{Subject: c.ID, Actor: held.Actor}
	n := 0
	for a := actor; a != nil; a = a.Actor {
		n++
	}
	if n > maxActors {
		return fault.New(fault.InvalidRequest, "The subject_token has been exchanged too often.")
	}
	left := time.Unix(held.Expiry, 0).Sub(h.o.Now())
	if left <= 0 { // it ran out while we looked; a life of 0 would be that of any token
		return &fault.Error{Code: fault.InvalidRequest, Description: "The subject_token is not valid: it has expired.", ClientID: c.ID}
	}
	s := &session{subject: held.Subject, actor: actor, delegation: held.Delegation, life: min(left, h.o.TokenLife), grant: storage.Grant{
		ID: held.Grant, ClientID: c.ID, SessionID: held.Session, Audience: audience, ACR: held.ACR, AMR: held.AMR,
	}}
	if held.AuthTime > 0 {
		s.grant.AuthTime = time.Unix(held.AuthTime, 0)
	}
	form.Del("resource") // judged here, against more than a grant
	r.SetSession(s)
	for _, scope := range scopes {
		r.GrantScope(scope)
	}
	return nil
}

// refuseActing refuses who exchanges a token with which somebody acts for somebody else,
// and whom the new one would be for, where people may not act.
func (h *tokenExchange) refuseActing(ctx context.Context, m *memo, grantID string, audience []string) error {
	if ok, err := h.o.Grants.PassesOn(ctx, grantID, []storage.Client{m.client}); err != nil {
		return m.fail(err)
	} else if !ok {
		return &fault.Error{
			Code: fault.InvalidRequest, Description: "Somebody acts with the subject_token for somebody else, which is over or not for this client.", ClientID: m.client.ID,
		}
	}
	for _, a := range audience {
		answering := h.o.Clients.Answering(a)
		ok, err := h.o.Grants.PassesOn(ctx, grantID, answering)
		if err != nil {
			return m.fail(err)
		}
		if !ok || len(answering) == 0 { // nobody is known to tell the two apart there
			return &fault.Error{
				Code: fault.InvalidTarget, Description: "Somebody acts with the subject_token for somebody else, which is not for this resource.", ClientID: m.client.ID,
			}
		}
	}
	return nil
}

// PopulateTokenEndpointResponse makes the token.
func (h *tokenExchange) PopulateTokenEndpointResponse(ctx context.Context, r fosite.AccessRequester, w fosite.AccessResponder) error {
	w.SetExtra("issued_token_type", typeAccessToken)
	return h.tokens.accessOnly(ctx, r, w)
}

// exchangeAudience is whom the new token is for: what the client is registered
// to call.
func exchangeAudience(c storage.Client, asked []string) ([]string, error) {
	var wanted []string
	for _, a := range asked {
		switch {
		case a == "":
		case !slices.Contains(c.Audiences, a):
			return nil, fault.New(fault.InvalidTarget, "The client is not registered to call this resource.")
		case !slices.Contains(wanted, a):
			wanted = append(wanted, a)
		}
	}
	if len(wanted) == 0 {
		return audiences(c), nil
	}
	return wanted, nil
}

// exchangeScopes: what the subject token carries, as far as the client is
// registered for it, never openid: the person's claims are the first client's.
func exchangeScopes(c storage.Client, held string, asked []string) ([]string, error) {
	has := func(s string) bool {
		return s != scopeOpenID && slices.Contains(strings.Fields(held), s) && slices.Contains(c.Scopes, s)
	}
	if len(asked) == 0 {
		return slices.DeleteFunc(strings.Fields(held), func(s string) bool { return !has(s) }), nil
	}
	for _, s := range asked {
		if !has(s) {
			return nil, fault.New(fault.InvalidScope, "The scope "+s+" is not in the subject_token, or not for this client.")
		}
	}
	return asked, nil
}
