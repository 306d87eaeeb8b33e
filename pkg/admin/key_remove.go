package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type removeKeyInput struct {
	Key  string `path:"key" pattern:"^[A-Za-z0-9_-]{1,64}$" doc:"Its kid."`
	Body Why
}

func (a *API) removeKey() {
	handle(a, huma.Operation{
		OperationID: "remove-key", Method: http.MethodPost, Path: "/v1/keys/{key}/remove", Tags: []string{"Signing keys"},
		Summary:     "Take a key away at once, because it must not be trusted any more",
		Description: "It signs no more, and nothing that it signed is accepted here. Where it was the one that signs, a new one does from this moment. To retire a key in the ordinary way, announce its successor.",
	}, func(ctx context.Context, by Caller, in *removeKeyInput) (*keyChangeOutput, error) {
		next, err := a.Ring.Remove(ctx, in.Key, in.Body.Reason, by.Actor)
		if err != nil {
			return nil, err
		}
		return a.keysChanged(ctx, next)
	})
}
