package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type redeliverLogoutsOutput struct {
	Body struct {
		Lines int `json:"lines" doc:"How many lines that are."`
	}
}

func (a *API) redeliverClientLogouts() {
	handle(a, huma.Operation{
		OperationID: "redeliver-client-logouts", Method: http.MethodPost, Path: "/v1/clients/{id}/logouts/redeliver", Tags: []string{"Logout ledger"}, DefaultStatus: http.StatusAccepted,
		Summary: "Tell an application again of all that it refused or did not answer to",
	}, func(ctx context.Context, by Caller, in *ClientInput) (*redeliverLogoutsOutput, error) {
		if err := a.knownClient(ctx, in.ID); err != nil {
			return nil, err
		}
		out := &redeliverLogoutsOutput{}
		var err error
		out.Body.Lines, err = a.Logouts.RedeliverUnheard(ctx, in.ID, by.Actor)
		return out, err
	})
}
