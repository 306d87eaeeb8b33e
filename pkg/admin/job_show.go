package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

func (a *API) showJob() {
	handle(a, huma.Operation{
		OperationID: "show-job", Method: http.MethodGet, Path: "/v1/jobs/{id}", Tags: []string{"Jobs"},
		Summary: "Show how far a job has come",
	}, func(ctx context.Context, _ Caller, in *Named) (*jobOutput, error) {
		found, err := a.Jobs.Get(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return jobAnswer(found), nil
	})
}
