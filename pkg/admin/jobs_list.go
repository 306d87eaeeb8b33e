package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/job"
)

func (a *API) listJobs() {
	handle(a, huma.Operation{
		OperationID: "list-jobs", Method: http.MethodGet, Path: "/v1/jobs", Tags: []string{"Jobs"},
		Summary: "List jobs", Description: "In the order of their ids. A job is kept for 30 days after its end.",
	}, func(ctx context.Context, _ Caller, in *struct{ PageInput }) (*page[Job], error) {
		from, err := after(in.Cursor)
		if err != nil {
			return nil, err
		}
		found, err := a.Jobs.List(ctx, from, in.Limit)
		if err != nil {
			return nil, err
		}
		return paged(found, in.Limit, shownJob, func(j job.Job) string { return cursor(j.ID) }), nil
	})
}
