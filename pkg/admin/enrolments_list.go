package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/storage"
)

type listEnrolmentsInput struct {
	PageInput
	State string `query:"state" enum:"submitted,approved,rejected" default:"submitted"`
}

func (a *API) listEnrolments() {
	handle(a, huma.Operation{
		OperationID: "list-enrolments", Method: http.MethodGet, Path: "/v1/enrolments", Tags: []string{"Enrolments"},
		Summary: "List applications of a state", Description: "The oldest first. The audit log records that they were read.",
	}, func(ctx context.Context, by Caller, in *listEnrolmentsInput) (*page[Enrolment], error) {
		at, id, err := afterMoment(in.Cursor)
		if err != nil {
			return nil, err
		}
		found, err := a.Applications.List(ctx, storage.ApplicationState(in.State), storage.Application{ID: id, SubmittedAt: at}, in.Limit, by.Actor)
		if err != nil {
			return nil, err
		}
		return paged(found, in.Limit, enrolment, func(e enroll.Application) string { return moment(e.SubmittedAt, e.ID) }), nil
	})
}
