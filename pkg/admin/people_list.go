package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/storage"
)

type listPeopleInput struct {
	Cursor string `query:"cursor" maxLength:"64" doc:"The next of the page before; none for the first page."`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	State  string `query:"state" enum:"approved,credential_issued,active,suspended,closed"`
	UserID string `query:"user_id" maxLength:"100" doc:"Exactly this User ID, whatever its case."`
	NPI    string `query:"npi" pattern:"^[0-9]{10}$"`
	Email  string `query:"email" maxLength:"254" doc:"Exactly this address, whatever its case."`
}

type listPeopleOutput struct {
	Body struct {
		Items []Summary `json:"items" nullable:"false"`
		Next  string    `json:"next,omitempty" doc:"The cursor of the next page; absent on the last one."`
	}
}

func (a *API) listPeople() {
	handle(a, huma.Operation{
		OperationID: "list-people", Method: http.MethodGet, Path: "/v1/people", Tags: []string{"People"},
		Summary: "List accounts", Description: "In the order of their ids. The audit log records that they were read.",
	}, func(ctx context.Context, by Caller, in *listPeopleInput) (*listPeopleOutput, error) {
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
		out := &listPeopleOutput{}
		out.Body.Items = []Summary{}
		for _, account := range found {
			out.Body.Items = append(out.Body.Items, summary(account))
		}
		if n := len(found); n == in.Limit {
			out.Body.Next = cursor(found[n-1].ID)
		}
		return out, nil
	})
}
