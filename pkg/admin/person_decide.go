package admin

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/problem"
)

type decideInput struct {
	ID      string `path:"id" pattern:"^[a-z2-7]{26}$"`
	IfMatch string `header:"If-Match" maxLength:"40" doc:"The ETag that was read."`
	Body    struct {
		Reason string `json:"reason" pattern:"^[a-z][a-z0-9_]{1,39}$" doc:"A code for the audit log, such as left_practice."`
	}
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
		if by.Actor.Type == "person" && by.Actor.ID == in.ID {
			return nil, problem.New(problem.Denied, "Nobody decides over their own account.")
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
