package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/event"
)

type createSubscriptionInput struct {
	Body struct {
		Why
		URL   string   `json:"url" minLength:"1" maxLength:"1000" doc:"Where the calls go."`
		Kinds []string `json:"kinds" minItems:"1" maxItems:"100" nullable:"false" doc:"As docs/events.md lists them."`
	}
}

func (a *API) createSubscription() {
	handle(a, repeatable(huma.Operation{
		OperationID: "create-subscription", Method: http.MethodPost, Path: "/v1/subscriptions", Tags: []string{"Events"}, DefaultStatus: http.StatusCreated,
		Summary: "Tell somebody of events from now on", Description: "The answer has the secret that calls are signed with, and nothing else ever will but its repetition under the same key.",
	}), func(ctx context.Context, by Caller, in *createSubscriptionInput) (*subscriptionSecret, error) {
		n, secret, err := a.Events.Subscribe(ctx, in.Body.URL, in.Body.Kinds, event.Order{By: by.Actor, Reason: in.Body.Reason})
		if err != nil {
			return nil, err
		}
		out := &subscriptionSecret{}
		out.Body.ID, out.Body.Secret = n.ID, secret
		return out, nil
	})
}
