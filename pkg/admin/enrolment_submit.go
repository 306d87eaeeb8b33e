package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/enroll"
)

type submitEnrolmentInput struct {
	Body Applicant
}

// created is the answer to what makes something.
type created struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     struct {
		ID string `json:"id"`
	}
}

func createdAt(collection, id string, version int64) *created {
	out := &created{Location: collection + "/" + id}
	if version > 0 {
		out.ETag = etag(version)
	}
	out.Body.ID = id
	return out
}

func (a *API) submitEnrolment() {
	handle(a, repeatable(huma.Operation{
		OperationID: "submit-enrolment", Method: http.MethodPost, Path: "/v1/enrolments", Tags: []string{"Enrolments"}, DefaultStatus: http.StatusCreated,
		Summary: "Hand in an application for an account", Description: "It waits until somebody approves or rejects it. The User ID is made of the name at the approval; nobody chooses it.",
	}), func(ctx context.Context, by Caller, in *submitEnrolmentInput) (*created, error) {
		id, err := a.Applications.Submit(ctx, in.Body.profile(), enroll.SourceOperator, by.Actor)
		if err != nil {
			return nil, err
		}
		return createdAt("/v1/enrolments", id, 1), nil
	})
}
