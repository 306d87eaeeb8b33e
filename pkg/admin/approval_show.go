package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

func (a *API) showApproval() {
	handle(a, huma.Operation{
		OperationID: "show-approval", Method: http.MethodGet, Path: "/v1/approvals/{id}", Tags: []string{"Second person"},
		Summary: "Show a request for a second person", Description: "That it was read is recorded.",
	}, func(ctx context.Context, by Caller, in *Named) (*approvalOutput, error) {
		found, err := a.Approvals.Get(ctx, in.ID, by.Actor)
		if err != nil {
			return nil, err
		}
		return approvalAnswer(found), nil
	})
}
