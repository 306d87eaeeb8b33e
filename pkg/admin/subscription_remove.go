package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

func (a *API) removeSubscription() {
	handle(a, huma.Operation{
		OperationID: "remove-subscription", Method: http.MethodDelete, Path: "/v1/subscriptions/{id}", Tags: []string{"Events"},
		Summary: "End a subscription", Description: "What it has not been told of, it is not told of any more.",
	}, func(ctx context.Context, by Caller, in *Named) (*struct{}, error) {
		return nil, a.Events.Remove(ctx, in.ID, by.Actor)
	})
}
