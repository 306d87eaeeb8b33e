package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type withdrawAuthorizationInput struct {
	Named
	Client string `path:"client" pattern:"^[A-Za-z0-9._~-]{1,128}$"`
	Body   Why
}

func (a *API) withdrawAuthorization() {
	handle(a, huma.Operation{
		OperationID: "withdraw-authorization", Method: http.MethodPost, Path: "/v1/people/{id}/authorizations/{client}/withdraw", Tags: []string{"Consents and grants"},
		Summary:     "End what an application may read of a person",
		Description: "Forgets what the person agreed to and ends every grant; the application is told to sign them out. 409 where there is neither; 404 where there is no such application.",
	}, func(ctx context.Context, by Caller, in *withdrawAuthorizationInput) (*struct{}, error) {
		if err := a.notOneself(by, in.ID); err != nil {
			return nil, err
		}
		if err := a.known(ctx, in.ID); err != nil {
			return nil, err
		}
		return nil, a.Consents.WithdrawFor(ctx, in.ID, in.Client, in.Body.Reason, by.Actor)
	})
}
