package admin

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/enroll"
)

type decideInput struct {
	Matched
	Body Why
}

type decideOutput struct {
	ETag string `header:"ETag"`
	Body struct {
		ID    string `json:"id"`
		State string `json:"state"`
	}
}

// decide adds an operation that moves an account from one state to another.
func (a *API) decide(op huma.Operation, act enroll.Act) {
	op.Tags = []string{"People"}
	handle(a, op, func(ctx context.Context, by Caller, in *decideInput) (*decideOutput, error) {
		version, err := matching(in.IfMatch)
		if err != nil {
			return nil, err
		}
		if err := a.notOneself(by, in.ID); err != nil {
			return nil, err
		}
		who, err := a.Accounts.Decide(ctx, in.ID, version, act, in.Body.Reason, by.Actor)
		if err != nil {
			return nil, err
		}
		out := &decideOutput{ETag: etag(who.Version)}
		out.Body.ID, out.Body.State = who.ID, string(who.State)
		return out, nil
	})
}
