package fositeop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ory/fosite"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/device"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// deviceCode is the grant of RFC 8628 section 3.4. fosite's own lets a device
// code be redeemed again.
type deviceCode struct {
	o      Options
	tokens *tokens
}

var _ fosite.TokenEndpointHandler = (*deviceCode)(nil)

// CanHandleTokenEndpointRequest says yes: it is listed for this grant alone.
func (h *deviceCode) CanHandleTokenEndpointRequest(context.Context, fosite.AccessRequester) bool {
	return true
}

// CanSkipClientAuth says no.
func (h *deviceCode) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool { return false }

// HandleTokenEndpointRequest polls, and takes what was approved.
func (h *deviceCode) HandleTokenEndpointRequest(ctx context.Context, r fosite.AccessRequester) error {
	m := memoOf(ctx)
	code := r.GetRequestForm().Get("device_code")
	if code == "" {
		return fault.New(fault.InvalidRequest, "The parameter device_code is missing.")
	}
	asked, approval, err := h.o.Devices.Poll(ctx, m.client.ID, code)
	switch {
	case errors.Is(err, device.ErrPending):
		return fault.New(fault.AuthorizationPending, "The person has not decided yet.")
	case errors.Is(err, device.ErrSlowDown):
		return fault.New(fault.SlowDown, "Wait five seconds longer between requests.")
	case errors.Is(err, device.ErrDenied):
		return &fault.Error{Code: fault.AccessDenied, Description: "The person said no.", Status: 400, ClientID: m.client.ID}
	case errors.Is(err, device.ErrGone):
		return &fault.Error{Code: fault.ExpiredToken, Description: "The device_code has expired, was used, or is not this client's.", ClientID: m.client.ID}
	case err != nil:
		return m.fail(err)
	}
	var who oidc.Authentication
	if err := json.Unmarshal(approval, &who); err != nil {
		return m.fail(fmt.Errorf("fositeop: device: %w", err))
	}
	// Who has signed out since, or was signed out, gives nothing away any more: not
	// even what would outlive the session, as with a code.
	_, err = h.o.Sessions.Alive(ctx, who.SessionID)
	if errors.Is(err, storage.ErrNotFound) {
		return invalidGrant(m, "The session has ended.")
	}
	if err != nil {
		return m.fail(fmt.Errorf("fositeop: device: %w", err))
	}
	s := &session{subject: who.Subject, grant: storage.Grant{
		ID: secret.NewID(), ClientID: m.client.ID, PersonID: who.PersonID, SessionID: who.SessionID, Offline: offline(m.client, asked.Scopes),
		Scopes: asked.Scopes, Audience: asked.Audience, AuthTime: who.AuthTime, ACR: who.ACR, AMR: who.AMR,
	}}
	bind(m, s)
	r.SetID(s.grant.ID)
	r.SetSession(s)
	for _, scope := range asked.Scopes {
		r.GrantScope(scope)
	}
	return nil
}

// PopulateTokenEndpointResponse makes the tokens and stores the grant.
func (h *deviceCode) PopulateTokenEndpointResponse(ctx context.Context, r fosite.AccessRequester, w fosite.AccessResponder) error {
	m := memoOf(ctx)
	if err := h.tokens.accessOnly(ctx, r, w); err != nil {
		return err
	}
	if client.MayUse(m.client, client.GrantRefreshToken) {
		token, _, err := h.tokens.GenerateRefreshToken(ctx, r)
		if err != nil {
			return m.fail(err)
		}
		w.SetExtra("refresh_token", token)
	}
	// The consent to a device is of this once, and kept nowhere.
	return h.o.begin(ctx, m, sessionOf(r).grant, nil, false)
}
