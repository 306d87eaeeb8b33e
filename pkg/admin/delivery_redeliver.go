package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type redeliverInput struct {
	ID string `path:"id" pattern:"^[0-9a-f]{12}[a-z2-7]{26}$"`
}

func (a *API) redeliverEvent() {
	handle(a, huma.Operation{
		OperationID: "redeliver-event", Method: http.MethodPost, Path: "/v1/deliveries/{id}/redeliver", Tags: []string{"Events"}, DefaultStatus: http.StatusAccepted,
		Summary: "Tell once more of an event", Description: "Whatever became of the delivery, unless it is on its way. The call has the same webhook-id.",
	}, func(ctx context.Context, by Caller, in *redeliverInput) (*struct{}, error) {
		return nil, a.Events.Redeliver(ctx, in.ID, by.Actor)
	})
}
