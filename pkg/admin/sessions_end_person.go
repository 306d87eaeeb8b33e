package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/session"
)

type endPersonSessionsInput struct {
	Named
	Body struct {
		Why
		Session string `json:"session,omitempty" pattern:"^[a-z2-7]{26}$" doc:"The only one to end."`
	}
}

func (a *API) endPersonSessions() {
	handle(a, huma.Operation{
		OperationID: "end-person-sessions", Method: http.MethodPost, Path: "/v1/people/{id}/sessions/end", Tags: []string{"Sessions"},
		Summary: "Sign somebody out, everywhere", Description: "Every application that took part is told. The person may sign in again: to prevent that, suspend the account.",
	}, func(ctx context.Context, by Caller, in *endPersonSessionsInput) (*endSessionsOutput, error) {
		return a.endSessions(ctx, session.Scope{PersonID: in.ID}, in.Body.Session, in.Body.Reason, by)
	})
}
