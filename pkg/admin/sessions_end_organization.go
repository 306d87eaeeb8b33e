package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/session"
)

func (a *API) endOrganizationSessions() {
	handle(a, huma.Operation{
		OperationID: "end-organization-sessions", Method: http.MethodPost, Path: "/v1/organizations/{id}/sessions/end", Tags: []string{"Sessions"},
		Summary: "Sign out who has a role in an organization", Description: "Or in a part of it.",
	}, func(ctx context.Context, by Caller, in *endSessionsInput) (*endSessionsOutput, error) {
		return a.endSessions(ctx, session.Order{Scope: session.Scope{OrganizationID: in.ID}, Reason: in.Body.Reason, By: by.Actor})
	})
}
