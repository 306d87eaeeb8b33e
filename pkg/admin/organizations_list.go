package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/storage"
)

type listOrganizationsInput struct {
	PageInput
	Parent string `query:"parent" pattern:"^[a-z2-7]{26}$" doc:"Those that are part of this one."`
}

func (a *API) listOrganizations() {
	handle(a, huma.Operation{
		OperationID: "list-organizations", Method: http.MethodGet, Path: "/v1/organizations", Tags: []string{"Organizations"},
		Summary: "List organizations", Description: "In the order of their ids, those that are closed too.",
	}, func(ctx context.Context, _ Caller, in *listOrganizationsInput) (*page[Organization], error) {
		from, err := after(in.Cursor)
		if err != nil {
			return nil, err
		}
		found, err := a.Access.Parts(ctx, in.Parent, from, in.Limit)
		if err != nil {
			return nil, err
		}
		return paged(found, in.Limit, organization, func(o storage.Organization) string { return cursor(o.ID) }), nil
	})
}
