package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type listOperatorsOutput struct {
	Body struct {
		Items []Operator `json:"items" nullable:"false"`
	}
}

func (a *API) listOperators() {
	handle(a, huma.Operation{
		OperationID: "list-operators", Method: http.MethodGet, Path: "/v1/operators", Tags: []string{"Operators"},
		Summary: "List who may use this API, as what", Description: "That it was read is recorded. Administrators of organizations are listed there.",
	}, func(ctx context.Context, by Caller, _ *struct{}) (*listOperatorsOutput, error) {
		found, err := a.Operators.List(ctx, by.Actor)
		if err != nil {
			return nil, err
		}
		out := &listOperatorsOutput{}
		out.Body.Items = []Operator{}
		for _, o := range found {
			out.Body.Items = append(out.Body.Items, shownOperator(o))
		}
		return out, nil
	})
}
