package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type showPersonOutput struct {
	ETag string `header:"ETag"`
	Body Person
}

func (a *API) showPerson() {
	handle(a, huma.Operation{
		OperationID: "show-person", Method: http.MethodGet, Path: "/v1/people/{id}", Tags: []string{"People"},
		Summary: "Show an account", Description: "The audit log records that it was read.",
	}, func(ctx context.Context, by Caller, in *Named) (*showPersonOutput, error) {
		found, err := a.Accounts.Get(ctx, in.ID, by.Actor)
		if err != nil {
			return nil, err
		}
		return &showPersonOutput{ETag: etag(found.Version), Body: whole(found)}, nil
	})
}
