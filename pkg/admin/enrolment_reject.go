package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type rejectEnrolmentInput struct {
	Matched
	Body struct {
		Reason string `json:"reason" enum:"duplicate,incomplete,not_eligible,not_verified,withdrawn"`
	}
}

func (a *API) rejectEnrolment() {
	handle(a, huma.Operation{
		OperationID: "reject-enrolment", Method: http.MethodPost, Path: "/v1/enrolments/{id}/reject", Tags: []string{"Enrolments"},
		Summary: "Reject an application", Description: "It is kept for 90 days.",
	}, func(ctx context.Context, by Caller, in *rejectEnrolmentInput) (*struct{}, error) {
		version, err := matching(in.IfMatch)
		if err != nil {
			return nil, err
		}
		return nil, a.Applications.RejectVersion(ctx, in.ID, version, in.Body.Reason, by.Actor)
	})
}
