package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
)

type endPersonSessionsInput struct {
	Named
	IfMatch string `header:"If-Match" maxLength:"40" doc:"The etag of the only session to end; without it, however it is."`
	Body    struct {
		Why
		Session string `json:"session,omitempty" pattern:"^[a-z2-7]{26}$" doc:"The only one to end."`
		Except  string `json:"except,omitempty" pattern:"^[a-z2-7]{26}$" doc:"The only one that goes on."`
	}
}

func (a *API) endPersonSessions() {
	handle(a, versioned(huma.Operation{
		OperationID: "end-person-sessions", Method: http.MethodPost, Path: "/v1/people/{id}/sessions/end", Tags: []string{"Sessions"},
		Summary: "Sign somebody out, everywhere", Description: "Every application that took part is told. The person may sign in again: to prevent that, suspend the account.",
	}), func(ctx context.Context, by Caller, in *endPersonSessionsInput) (*endSessionsOutput, error) {
		version, err := meant(in.IfMatch)
		if err != nil {
			return nil, err
		}
		if version != 0 && in.Body.Session == "" {
			return nil, problem.New(problem.Invalid, "If-Match is about one session; name it.")
		}
		return a.endSessions(ctx, session.Order{
			Scope: session.Scope{PersonID: in.ID}, SessionID: in.Body.Session, Except: in.Body.Except, Version: version, Reason: in.Body.Reason, By: by.Actor,
		})
	})
}
