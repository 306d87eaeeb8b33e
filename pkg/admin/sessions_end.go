package admin

import (
	"context"

	"github.com/claviger-id/claviger/pkg/session"
)

type endSessionsInput struct {
	Named
	Body Why
}

type endSessionsOutput struct {
	Body struct {
		Ended int `json:"ended" doc:"How many sessions that were."`
	}
}

// endSessions ends what an order names. Whoever knows that some did not end gives
// the order again.
func (a *API) endSessions(ctx context.Context, o session.Order) (*endSessionsOutput, error) {
	n, err := a.Sessions.EndOrdered(ctx, o)
	if err != nil {
		return nil, err
	}
	out := &endSessionsOutput{}
	out.Body.Ended = n
	return out, nil
}
