package admin

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

func (a *API) cancelJob() {
	handle(a, huma.Operation{
		OperationID: "cancel-job", Method: http.MethodPost, Path: "/v1/jobs/{id}/cancel", Tags: []string{"Jobs"}, DefaultStatus: http.StatusAccepted,
		Summary: "Ask a job to stop", Description: "It stops soon; what it has done stays. A running job changes all the time: no version is asked for.",
	}, func(ctx context.Context, by Caller, in *Named) (*jobOutput, error) {
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
