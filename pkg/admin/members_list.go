package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/access"
)

type listMembersInput struct {
	Named
	PageInput
}

func (a *API) listMembers() {
	handle(a, huma.Operation{
		OperationID: "list-members", Method: http.MethodGet, Path: "/v1/organizations/{id}/members", Tags: []string{"Organizations"},
		Summary: "List who has a role in an organization", Description: "The live roster, with the last use and whether there is a second factor. The audit log records that it was read.",
	}, func(ctx context.Context, by Caller, in *listMembersInput) (*page[Member], error) {
		from, err := after(in.Cursor)
		if err != nil {
			return nil, err
		}
		_, found, err := a.Access.Roster(ctx, in.ID, from, in.Limit, by.Actor)
		if err != nil {
			return nil, err
		}
		return paged(found, in.Limit, member, func(m access.Membership) string { return cursor(m.ID) }), nil
	})
}
