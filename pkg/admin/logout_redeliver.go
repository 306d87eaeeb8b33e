package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type redeliverLogoutInput struct {
	ID string `path:"id" pattern:"^[a-z2-7]{26}\\.[A-Za-z0-9._~-]{1,128}$"`
}

type redeliverLogoutOutput struct {
	Body Logout
}

func (a *API) redeliverLogout() {
	handle(a, huma.Operation{
		OperationID: "redeliver-logout", Method: http.MethodPost, Path: "/v1/logouts/{id}/redeliver", Tags: []string{"Logout ledger"}, DefaultStatus: http.StatusAccepted,
		Summary: "Tell an application again of the end of a session", Description: "Whatever became of it before, for up to another day.",
	}, func(ctx context.Context, by Caller, in *redeliverLogoutInput) (*redeliverLogoutOutput, error) {
		line, err := a.Logouts.Redeliver(ctx, "", in.ID, by.Actor)
		if err != nil {
			return nil, err
		}
		return &redeliverLogoutOutput{shownLogout(line)}, nil
	})
}
