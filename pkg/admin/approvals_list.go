package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/approval"
	"github.com/claviger-id/claviger/storage"
)

type listApprovalsInput struct {
	State string `query:"state" enum:"pending,approved,rejected,done,expired"`
	PageInput
}

func (a *API) listApprovals() {
	handle(a, huma.Operation{
		OperationID: "list-approvals", Method: http.MethodGet, Path: "/v1/approvals", Tags: []string{"Second person"},
		Summary: "List what waits for a second person, or did", Description: "Without what exactly is to be done. Kept for 30 days after the end. That they were read is recorded.",
	}, func(ctx context.Context, by Caller, in *listApprovalsInput) (*page[Approval], error) {
		from, err := after(in.Cursor)
		if err != nil {
			return nil, err
		}
		found, err := a.Approvals.List(ctx, storage.ApprovalState(in.State), from, in.Limit, by.Actor)
		if err != nil {
			return nil, err
		}
		return paged(found, in.Limit, shownApproval, func(r approval.Request) string { return cursor(r.ID) }), nil
	})
}
