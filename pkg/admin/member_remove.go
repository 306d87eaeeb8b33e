package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type removeMemberInput struct {
	Named
	Member string `path:"member" pattern:"^[a-z2-7]{26}$" doc:"The id of the membership."`
}

func (a *API) removeMember() {
	handle(a, huma.Operation{
		OperationID: "remove-member", Method: http.MethodDelete, Path: "/v1/organizations/{id}/members/{member}", Tags: []string{"Organizations"},
		Summary: "Take a role from somebody", Description: "Ends what rested on it. Doing it again ends what is left.",
	}, func(ctx context.Context, by Caller, in *removeMemberInput) (*struct{}, error) {
		return nil, a.Access.Remove(ctx, in.ID, in.Member, by.Actor)
	})
}
