package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

func (a *API) showOrganization() {
	handle(a, huma.Operation{
		OperationID: "show-organization", Method: http.MethodGet, Path: "/v1/organizations/{id}", Tags: []string{"Organizations"},
		Summary: "Show an organization", Description: "To administrators of an organization, others do not exist.",
	}, func(ctx context.Context, by Caller, in *Named) (*organizationOutput, error) {
		found, err := a.Access.Get(ctx, in.ID, by.Actor)
		if err != nil {
			return nil, err
		}
		return organizationAnswer(found), nil
	})
}
