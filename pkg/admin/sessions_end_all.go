package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/session"
)

type endAllSessionsInput struct {
	Body Why
}

func (a *API) endAllSessions() {
	handle(a, huma.Operation{
		OperationID: "end-all-sessions", Method: http.MethodPost, Path: "/v1/sessions/end", Tags: []string{"Sessions"},
		Summary: "Sign everybody out", Description: "The caller too.",
	}, func(ctx context.Context, by Caller, in *endAllSessionsInput) (*endSessionsOutput, error) {
		return a.endSessions(ctx, session.Order{Scope: session.Scope{Everyone: true}, Reason: in.Body.Reason, By: by.Actor})
	})
}
