package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type appointOperatorInput struct {
	Body struct {
		Held
		Why
		Organization string `json:"organization,omitempty" pattern:"^[a-z2-7]{26}$" doc:"The only one that a provisioner is for."`
	}
}

func (a *API) appointOperator() {
	handle(a, repeatable(huma.Operation{
		OperationID: "appoint-operator", Method: http.MethodPost, Path: "/v1/operators", Tags: []string{"Operators"}, DefaultStatus: http.StatusNoContent,
		Summary: "Give somebody a role in this API", Description: "From their next request on. Nobody gives a role to themselves.",
	}), func(ctx context.Context, by Caller, in *appointOperatorInput) (*struct{}, error) {
		to, err := in.Body.holder()
		if err != nil {
			return nil, err
		}
		to.Organization = in.Body.Organization
		return nil, a.Operators.Grant(ctx, to, in.Body.Role, in.Body.Reason, by.Actor)
	})
}
