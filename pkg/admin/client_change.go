package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/problem"
)

type changeClientInput struct {
	MatchedClient
	Body Registration
}

func (a *API) changeClient() {
	handle(a, huma.Operation{
		OperationID: "change-client", Method: http.MethodPut, Path: "/v1/clients/{id}", Tags: []string{"Applications"},
		Summary:     "Put another registration in the place of the one there is",
		Description: "What is left out is as if it was never said. Its secret stays.",
	}, func(ctx context.Context, by Caller, in *changeClientInput) (*clientOutput, error) {
		version, err := matching(in.IfMatch)
		if err != nil {
			return nil, err
		}
		c, err := in.Body.registered()
		if err != nil {
			return nil, err
		}
		switch c.ID {
		case in.ID:
		case "":
			if c.ID = in.ID; c.Name == "" {
				c.Name = c.ID
			}
		default:
			return nil, problem.New(problem.Invalid, "The client_id is not that of the address. An application never gets another one.")
		}
		if c, err = a.Registry.Change(ctx, version, c, "", by.Actor); err != nil {
			return nil, err
		}
		return clientAnswer(c), nil
	})
}
