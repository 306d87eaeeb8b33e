package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type listSubscriptionsOutput struct {
	Body struct {
		Items []Subscription `json:"items" nullable:"false"`
	}
}

func (a *API) listSubscriptions() {
	handle(a, huma.Operation{
		OperationID: "list-subscriptions", Method: http.MethodGet, Path: "/v1/subscriptions", Tags: []string{"Events"},
		Summary: "List who is told of events", Description: "There are at most 50. That they were read is recorded.",
	}, func(ctx context.Context, by Caller, _ *struct{}) (*listSubscriptionsOutput, error) {
		found, err := a.Events.List(ctx, by.Actor)
		if err != nil {
			return nil, err
		}
		out := &listSubscriptionsOutput{}
		out.Body.Items = []Subscription{}
		for _, n := range found {
			out.Body.Items = append(out.Body.Items, shownSubscription(n))
		}
		return out, nil
	})
}
