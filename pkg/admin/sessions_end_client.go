package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/session"
)

type endClientSessionsInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body Why
}

func (a *API) endClientSessions() {
	handle(a, huma.Operation{
		OperationID: "end-client-sessions", Method: http.MethodPost, Path: "/v1/clients/{id}/sessions/end", Tags: []string{"Sessions"},
		Summary: "End the sessions in which an application took part", Description: "As a whole, at all applications.",
	}, func(ctx context.Context, by Caller, in *endClientSessionsInput) (*endSessionsOutput, error) {
		return a.endSessions(ctx, session.Order{Scope: session.Scope{ClientID: in.ID}, Reason: in.Body.Reason, By: by.Actor})
	})
}
