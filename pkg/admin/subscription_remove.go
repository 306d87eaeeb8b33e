package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/event"
)

func (a *API) removeSubscription() {
	handle(a, huma.Operation{
		OperationID: "remove-subscription", Method: http.MethodPost, Path: "/v1/subscriptions/{id}/remove", Tags: []string{"Events"},
		Summary: "End a subscription", Description: "What it has not been told of, it is not told of any more.",
	}, func(ctx context.Context, by Caller, in *orderSubscriptionInput) (*struct{}, error) {
		return nil, a.Events.Remove(ctx, in.ID, event.Order{By: by.Actor, Reason: in.Body.Reason})
	})
}
