package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/approval"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

type decideRequestInput struct {
	Matched
	Body Why
}

func (a *API) approveRequest() {
	a.decideRequest(huma.Operation{
		OperationID: "approve-request", Path: "/v1/approvals/{id}/approve", Summary: "Approve what somebody else wants to do",
		Description: "For people who may do it themselves, with a token that has the scope for it. Who asked does it then, once, by sending the same request again.",
	}, true)
}

func (a *API) rejectRequest() {
	a.decideRequest(huma.Operation{
		OperationID: "reject-request", Path: "/v1/approvals/{id}/reject", Summary: "Reject what somebody wants to do",
		Description: "Who asked withdraws it so.",
	}, false)
}

func (a *API) decideRequest(op huma.Operation, approve bool) {
	op.Method, op.Tags = http.MethodPost, []string{"Second person"}
	handle(a, op, func(ctx context.Context, by Caller, in *decideRequestInput) (*approvalOutput, error) {
		version, err := matching(in.IfMatch)
		if err != nil {
			return nil, err
		}
		if approve {
			if err := a.mayAsItself(ctx, in.ID, by); err != nil {
				return nil, err
			}
		}
		decided, err := a.Approvals.Decide(ctx, approval.Decision{ID: in.ID, Version: version, Approve: approve, Reason: in.Body.Reason, By: by.Actor})
		if err != nil {
			return nil, err
		}
		return approvalAnswer(decided), nil
	})
}

// mayAsItself refuses a token that would not do for what it approves (RFC 6750 section
// 3.1).
func (a *API) mayAsItself(ctx context.Context, id string, by Caller) error {
	var found storage.Approval
	err := a.Store.View(ctx, func(tx storage.Tx) (err error) {
		found, err = tx.Approvals().Get(ctx, id)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return problem.Wrap(problem.NotFound, "There is no such request.", err)
	}
	if err != nil {
		return err
	}
	if scope := a.rules[found.Act].Scope; !slices.Contains(by.Token.Scopes, scope) {
		return &refusal{code: "scope", actor: by.Actor, tell: insufficientScope(scope)}
	}
	return nil
}
