package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type showEnrolmentOutput struct {
	ETag string `header:"ETag"`
	Body Enrolment
}

func (a *API) showEnrolment() {
	handle(a, huma.Operation{
		OperationID: "show-enrolment", Method: http.MethodGet, Path: "/v1/enrolments/{id}", Tags: []string{"Enrolments"},
		Summary: "Show an application", Description: "The audit log records that it was read.",
	}, func(ctx context.Context, by Caller, in *Named) (*showEnrolmentOutput, error) {
		found, err := a.Applications.Get(ctx, in.ID, by.Actor)
		if err != nil {
			return nil, err
		}
		return &showEnrolmentOutput{ETag: etag(found.Version), Body: enrolment(found)}, nil
	})
}
