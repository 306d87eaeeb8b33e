package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

func (a *API) endDelegation() {
	handle(a, huma.Operation{
		OperationID: "end-delegation", Method: http.MethodDelete, Path: "/v1/delegations/{id}", Tags: []string{"Delegations"},
		Summary: "End that somebody acts for a person", Description: "Ends what rested on it. Doing it again ends what is left.",
	}, func(ctx context.Context, by Caller, in *Named) (*struct{}, error) {
		return nil, a.Access.EndDelegation(ctx, in.ID, by.Actor)
	})
}
