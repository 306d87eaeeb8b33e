package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/session"
)

type revokeFactorInput struct {
	OfAccount
	Factor string `path:"factor" pattern:"^[a-z2-7]{26}$"`
	Body   Why
}

func (a *API) revokeFactor() {
	handle(a, versioned(huma.Operation{
		OperationID: "revoke-factor", Method: http.MethodPost, Path: "/v1/people/{id}/factors/{factor}/revoke", Tags: []string{"Credentials"},
		Summary: "Remove one second factor", Description: "Such as a passkey on a telephone that was stolen. Ends the sessions of the person, who is told.",
	}), func(ctx context.Context, by Caller, in *revokeFactorInput) (*struct{}, error) {
		version, err := meant(in.IfMatch)
		if err != nil {
			return nil, err
		}
		if err := a.notOneself(by, in.ID); err != nil {
			return nil, err
		}
		if err := a.known(ctx, in.ID); err != nil {
			return nil, err
		}
		if err := a.Factors.RevokeByOperator(ctx, factor.Revocation{PersonID: in.ID, FactorID: in.Factor, Version: version, Reason: in.Body.Reason, By: by.Actor}); err != nil {
			return nil, err
		}
		return nil, a.Sessions.EndByPerson(context.WithoutCancel(ctx), in.ID, session.ReasonFactorReset)
	})
}
