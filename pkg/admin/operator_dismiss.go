package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type dismissOperatorInput struct {
	Body struct {
		Held
		Why
	}
}

func (a *API) dismissOperator() {
	handle(a, huma.Operation{
		OperationID: "dismiss-operator", Method: http.MethodPost, Path: "/v1/operators/remove", Tags: []string{"Operators"}, DefaultStatus: http.StatusNoContent,
		Summary: "Take a role in this API from somebody", Description: "From their next request on. Other roles stay.",
	}, func(ctx context.Context, by Caller, in *dismissOperatorInput) (*struct{}, error) {
		from, err := in.Body.holder()
		if err != nil {
			return nil, err
		}
		return nil, a.Operators.Remove(ctx, from, in.Body.Role, in.Body.Reason, by.Actor)
	})
}
