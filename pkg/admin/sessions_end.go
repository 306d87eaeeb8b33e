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
func (a *API) endSessions(ctx context.Context, scope session.Scope, one, reason string, by Caller) (*endSessionsOutput, error) {
	n, err := a.Sessions.EndOrdered(ctx, session.Order{Scope: scope, SessionID: one, Reason: reason, By: by.Actor})
	if err != nil {
		return nil, err
	}
	out := &endSessionsOutput{}
	out.Body.Ended = n
	return out, nil
}
