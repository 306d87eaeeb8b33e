package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/event"
	"github.com/claviger-id/claviger/storage"
)

// Delivery is one event on its way to one subscription, or there.
type Delivery struct {
	ID           string    `json:"id"`
	Subscription string    `json:"subscription"`
	Kind         string    `json:"kind"`
	Event        string    `json:"event" doc:"Its id in the audit log."`
	Place        int64     `json:"place" doc:"Its place there."`
	State        string    `json:"state" enum:"pending,sent,bounced,gave_up"`
	Attempts     int64     `json:"attempts"`
	Status       int64     `json:"last_status,omitempty"`
	Answer       string    `json:"last_answer,omitempty"`
	MadeAt       time.Time `json:"made_at"`
	NextAt       time.Time `json:"next_at,omitzero" doc:"When the next try is due, of pending ones."`
	EndedAt      time.Time `json:"ended_at,omitzero"`
}

func shownDelivery(d event.Delivery) Delivery {
	out := Delivery{
		ID: d.ID, Subscription: d.Subscription, Kind: d.Kind, Event: d.Event, Place: d.Place, State: string(d.State), Attempts: d.Attempts,
		Status: d.LastStatus, Answer: d.LastAnswer, MadeAt: d.CreatedAt, EndedAt: d.SettledAt,
	}
	if d.State == storage.ParcelPending {
		out.NextAt = d.NextAt
	}
	return out
}

type listDeliveriesInput struct {
	PageInput
	State string `query:"state" enum:"pending,sent,bounced,gave_up"`
}

func (a *API) listDeliveries() {
	handle(a, huma.Operation{
		OperationID: "list-deliveries", Method: http.MethodGet, Path: "/v1/deliveries", Tags: []string{"Events"},
		Summary: "List what subscriptions were told of", Description: "Of the last 90 days, the newest first. That they were read is recorded.",
	}, func(ctx context.Context, by Caller, in *listDeliveriesInput) (*page[Delivery], error) {
		before, err := afterParcel(in.Cursor)
		if err != nil {
			return nil, err
		}
		found, err := a.Events.Deliveries(ctx, storage.ParcelState(in.State), before, in.Limit, by.Actor)
		if err != nil {
			return nil, err
		}
		return paged(found, in.Limit, shownDelivery, func(d event.Delivery) string { return cursor(d.ID) }), nil
	})
}
