package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

func (a *API) showClient() {
	handle(a, huma.Operation{
		OperationID: "show-client", Method: http.MethodGet, Path: "/v1/clients/{id}", Tags: []string{"Applications"},
		Summary: "Show an application",
	}, func(ctx context.Context, _ Caller, in *ClientInput) (*clientOutput, error) {
		c, err := a.Registry.Get(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return clientAnswer(c), nil
	})
}
