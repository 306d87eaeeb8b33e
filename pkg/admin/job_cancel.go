package admin

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

type cancelJobInput struct {
	Named
	IfMatch string `header:"If-Match" maxLength:"40" doc:"The ETag that was read; without it, however far the job has come."`
}

func (a *API) cancelJob() {
	handle(a, versioned(huma.Operation{
		OperationID: "cancel-job", Method: http.MethodPost, Path: "/v1/jobs/{id}/cancel", Tags: []string{"Jobs"}, DefaultStatus: http.StatusAccepted,
		Summary: "Ask a job to stop", Description: "It stops soon; what it has done stays. A running job changes all the time, so that a version may be left out.",
	}), func(ctx context.Context, by Caller, in *cancelJobInput) (*jobOutput, error) {
		version, err := meant(in.IfMatch)
		if err != nil {
			return nil, err
		}
		if version != 0 {
			cancelled, err := a.Jobs.Cancel(ctx, in.ID, version, by.Actor)
			if err != nil {
				return nil, err
			}
			return jobAnswer(cancelled), nil
		}
		for range 10 { // its worker notes progress meanwhile
			now, err := a.Jobs.Get(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			cancelled, err := a.Jobs.Cancel(ctx, in.ID, now.Version, by.Actor)
			if errors.Is(err, storage.ErrStale) {
				continue
			}
			if err != nil {
				return nil, err
			}
			return jobAnswer(cancelled), nil
		}
		return nil, problem.Wrap(problem.Unavailable, "The job is too busy to hear of it. Try again in a moment.", storage.ErrStale)
	})
}
