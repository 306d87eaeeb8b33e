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

// ChangedClient is an application as it is now.
type ChangedClient struct {
	Client
	Warned
}

type changedOutput struct {
	ETag string `header:"ETag"`
	Body ChangedClient
}

func (a *API) changeClient() {
	handle(a, huma.Operation{
		OperationID: "change-client", Method: http.MethodPut, Path: "/v1/clients/{id}", Tags: []string{"Applications"},
		Summary:     "Put another registration in the place of the one there is",
		Description: "What is left out is as if it was never said. Its secret stays.",
	}, func(ctx context.Context, by Caller, in *changeClientInput) (*changedOutput, error) {
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
		if c, err = a.Registry.Change(ctx, version, c, in.Body.Reason, by.Actor); err != nil {
			return nil, err
		}
		return &changedOutput{ETag: etag(c.Version), Body: ChangedClient{shownClient(c), a.warned(ctx, c)}}, nil
	})
}
