package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

type rotateSecretInput struct {
	MatchedClient
	Body struct {
		Why
		Overlap int64 `json:"overlap,omitempty" minimum:"0" maximum:"7776000" default:"86400" doc:"For how many seconds the secret before it is accepted beside it."`
	}
}

func (a *API) rotateClientSecret() {
	handle(a, huma.Operation{
		OperationID: "rotate-client-secret", Method: http.MethodPost, Path: "/v1/clients/{id}/rotate-secret", Tags: []string{"Applications"},
		Summary: "Give an application another secret", Description: "The answer has it, and nothing else ever will. Only the newest of those before it goes on working.",
	}, func(ctx context.Context, by Caller, in *rotateSecretInput) (*secretOutput, error) {
		version, err := matching(in.IfMatch)
		if err != nil {
			return nil, err
		}
		c, secret, err := a.Registry.Rotate(ctx, in.ID, version, time.Duration(in.Body.Overlap)*time.Second, in.Body.Reason, by.Actor)
		if err != nil {
			return nil, err
		}
		return secretAnswer(c, secret), nil
	})
}
