package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/event"
)

type changeSubscriptionInput struct {
	Named
	Body struct {
		Why
		Enabled bool `json:"enabled" doc:"What happens while it is false waits, and is told later."`
	}
}

func (a *API) changeSubscription() {
	handle(a, huma.Operation{
		OperationID: "change-subscription", Method: http.MethodPatch, Path: "/v1/subscriptions/{id}", Tags: []string{"Events"},
		Summary: "Switch a subscription on or off", Description: "Whatever it was before: no version is asked for.",
	}, func(ctx context.Context, by Caller, in *changeSubscriptionInput) (*struct{}, error) {
		return nil, a.Events.Enable(ctx, in.ID, in.Body.Enabled, event.Order{By: by.Actor, Reason: in.Body.Reason})
	})
}
