package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/session"
)

// Proven says how the identity of somebody was proven anew.
type Proven struct {
	Proof string `json:"proof" enum:"in_person,video,called_back,vouched_for,letter" doc:"How the identity was proven."`
	Note  string `json:"note" minLength:"1" maxLength:"500" doc:"What was seen, or whom was talked to; no health information."`
}

type resetFactorsInput struct {
	OfAccount
	Body Proven
}

type resetFactorsOutput struct {
	Body struct {
		Removed int `json:"removed"`
	}
}

func (a *API) resetFactors() {
	handle(a, versioned(huma.Operation{
		OperationID: "reset-factors", Method: http.MethodPost, Path: "/v1/people/{id}/factors/reset", Tags: []string{"Credentials"},
		Summary:     "Remove all second factors of somebody whose identity was proven",
		Description: "Recovery codes and sessions go with them; the password stays. The person is told.",
	}), func(ctx context.Context, by Caller, in *resetFactorsInput) (*resetFactorsOutput, error) {
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
		n, err := a.Factors.ResetByOperator(ctx, factor.LostFactor{
			PersonID: in.ID, Version: version, Proof: credential.Proof(in.Body.Proof), Note: in.Body.Note, By: by.Actor,
		})
		if err != nil {
			return nil, err
		}
		out := &resetFactorsOutput{}
		out.Body.Removed = n
		return out, a.Sessions.EndByPerson(context.WithoutCancel(ctx), in.ID, session.ReasonFactorReset)
	})
}
