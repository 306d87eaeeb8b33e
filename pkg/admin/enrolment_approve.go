package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type approveEnrolmentOutput struct {
	Body struct {
		Person string `json:"person" doc:"The account."`
		UserID string `json:"user_id" doc:"What the person will sign in with."`
	}
}

func (a *API) approveEnrolment() {
	handle(a, huma.Operation{
		OperationID: "approve-enrolment", Method: http.MethodPost, Path: "/v1/enrolments/{id}/approve", Tags: []string{"Enrolments"},
		Summary:     "Make an account of an application",
		Description: "The account has no credential yet. Where enroll.second_person is set, somebody else than who handed it in has to approve.",
	}, func(ctx context.Context, by Caller, in *Matched) (*approveEnrolmentOutput, error) {
		version, err := matching(in.IfMatch)
		if err != nil {
			return nil, err
		}
		id, profile, err := a.Applications.ApproveVersion(ctx, in.ID, version, by.Actor)
		if err != nil {
			return nil, err
		}
		out := &approveEnrolmentOutput{}
		out.Body.Person, out.Body.UserID = id, profile.UserID
		return out, nil
	})
}
