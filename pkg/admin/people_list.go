package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/storage"
)

type listPeopleInput struct {
	PageInput
	State  string `query:"state" enum:"approved,credential_issued,active,suspended,closed"`
	UserID string `query:"user_id" maxLength:"100" doc:"Exactly this User ID, whatever its case."`
	NPI    string `query:"npi" pattern:"^[0-9]{10}$"`
	Email  string `query:"email" maxLength:"254" doc:"Exactly this address, whatever its case."`
}

func (a *API) listPeople() {
	handle(a, huma.Operation{
		OperationID: "list-people", Method: http.MethodGet, Path: "/v1/people", Tags: []string{"People"},
		Summary: "List accounts", Description: "In the order of their ids. The audit log records that they were read.",
	}, func(ctx context.Context, by Caller, in *listPeopleInput) (*page[Summary], error) {
		from, err := after(in.Cursor)
		if err != nil {
			return nil, err
		}
		found, err := a.Accounts.List(ctx, from, in.Limit, enroll.Filter{
			State: storage.PersonState(in.State), UserID: in.UserID, NPI: in.NPI, Email: in.Email,
		}, by.Actor)
		if err != nil {
			return nil, err
		}
		return paged(found, in.Limit, summary, func(p enroll.Account) string { return cursor(p.ID) }), nil
	})
}
