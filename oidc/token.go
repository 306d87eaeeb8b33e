package oidc

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/storage"
)

// token is the token endpoint (RFC 6749 section 3.2).
func (p *Provider) token(w http.ResponseWriter, r *http.Request) error {
	response, err := p.redeem(w, r)
	if err != nil {
		return p.denied(r, err)
	}
	writeJSON(w, http.StatusOK, response)
	return nil
}

func (p *Provider) redeem(w http.ResponseWriter, r *http.Request) (TokenResponse, error) {
	form, err := clientForm(r)
	if err != nil {
		return TokenResponse{}, err
	}
	switch grant := form.Get("grant_type"); {
	case grant == "":
		return TokenResponse{}, fault.New(fault.InvalidRequest, "The parameter grant_type is missing.")
	case !slices.Contains(client.GrantTypes(), grant):
		return TokenResponse{}, fault.New(fault.UnsupportedGrantType, "This grant_type is not offered.")
	}
	c, binding, err := p.fromClient(w, r, form, pathToken)
	if err != nil {
		return TokenResponse{}, err
	}
	switch {
	case c.DPoPBound && binding.JKT == "": // RFC 9449 section 5.2
		return TokenResponse{}, fault.New(fault.InvalidDPoPProof, "The tokens of this client are bound to a key, and the request has no DPoP header.")
	case c.CertificateBound && binding.X5T == "": // RFC 8705 section 3.4
		return TokenResponse{}, fault.New(fault.InvalidRequest, "The tokens of this client are bound to its certificate, and the connection has none.")
	}
	response, err := p.Engine.Token(r.Context(), TokenRequest{Client: c, Form: form, Binding: binding})
	if err == nil && p.Registrations != nil {
		p.Registrations.Used(c.ID)
	}
	return response, err
}

// denied records that a request of a known client was refused. What nobody can
// be held to, such as garbage, stands in the access log only.
func (p *Provider) denied(r *http.Request, err error) error {
	var e *fault.Error
	if !errors.As(err, &e) || e.ClientID == "" || e.HTTPStatus() >= http.StatusInternalServerError {
		return err
	}
	if e.Code == fault.InvalidClient && !p.worthRecording(r.Context()) {
		return err
	}
	if auditErr := p.Grants.Denied(r.Context(), e.ClientID, e.Code); auditErr != nil {
		return errors.Join(auditErr, e.Cause)
	}
	return err
}

// worthRecording says that a failed authentication of a client is recorded by
// itself.
func (p *Provider) worthRecording(ctx context.Context) bool {
	budget := limit.Record()
	wait, err := p.Attempts.Reserve(ctx, p.Now(), storage.Claim{
		Key:  "client-authentication:" + limit.Block(request.From(ctx).Address).String(),
		Free: budget.Free, Waits: budget.Waits, Forget: budget.Forget,
	})
	return err != nil || wait == 0
}
