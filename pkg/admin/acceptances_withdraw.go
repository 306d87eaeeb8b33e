package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type withdrawAcceptancesInput struct {
	Named
	Body Why
}

func (a *API) withdrawAcceptances() {
	handle(a, huma.Operation{
		OperationID: "withdraw-acceptances", Method: http.MethodPost, Path: "/v1/people/{id}/acceptances/withdraw", Tags: []string{"Agreements"},
		Summary:     "Take back all that a person accepted",
		Description: "Ends their sessions and grants. They are asked again when they next sign in, and cannot put it off. Doing it again ends what is left; 409, and nothing ends, where they have accepted nothing.",
	}, func(ctx context.Context, by Caller, in *withdrawAcceptancesInput) (*struct{}, error) {
		if err := a.notOneself(by, in.ID); err != nil {
			return nil, err
		}
		if err := a.known(ctx, in.ID); err != nil {
			return nil, err
		}
		_, err := a.Agreements.WithdrawFor(ctx, in.ID, in.Body.Reason, by.Actor)
		return nil, err
	})
}
