package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type removeClientInput struct {
	MatchedClient
	Body Why
}

func (a *API) removeClient() {
	handle(a, huma.Operation{
		OperationID: "remove-client", Method: http.MethodPost, Path: "/v1/clients/{id}/remove", Tags: []string{"Applications"},
		Summary: "Remove an application and all that it was granted", Description: "Access tokens that it has work until they expire.",
	}, func(ctx context.Context, by Caller, in *removeClientInput) (*struct{}, error) {
		version, err := matching(in.IfMatch)
		if err != nil {
			return nil, err
		}
		return nil, a.Registry.Remove(ctx, in.ID, version, in.Body.Reason, by.Actor)
	})
}
