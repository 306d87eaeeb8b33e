package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/event"
)

func (a *API) rotateSubscriptionSecret() {
	handle(a, huma.Operation{
		OperationID: "rotate-subscription-secret", Method: http.MethodPost, Path: "/v1/subscriptions/{id}/rotate-secret", Tags: []string{"Events"},
		Summary: "Draw another secret for a subscription", Description: "The answer has it, and nothing else ever will. The former one signs beside it for a day, in which there is no third.",
	}, func(ctx context.Context, by Caller, in *orderSubscriptionInput) (*subscriptionSecret, error) {
		secret, err := a.Events.Rotate(ctx, in.ID, event.Order{By: by.Actor, Reason: in.Body.Reason})
		if err != nil {
			return nil, err
		}
		out := &subscriptionSecret{}
		out.Body.ID, out.Body.Secret = in.ID, secret
		return out, nil
	})
}
