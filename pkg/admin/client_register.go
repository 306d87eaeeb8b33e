package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type registerClientInput struct {
	Body Registration
}

func (a *API) registerClient() {
	handle(a, repeatable(huma.Operation{
		OperationID: "register-client", Method: http.MethodPost, Path: "/v1/clients", Tags: []string{"Applications"}, DefaultStatus: http.StatusCreated,
		Summary:     "Register an application",
		Description: "It is held against its profile, and everything that is wrong is said at once. One that authenticates with a secret gets it in the answer. One that has a role here, or gets tokens for this API, is for operators alone.",
	}), func(ctx context.Context, by Caller, in *registerClientInput) (*secretOutput, error) {
		c, err := in.Body.registered()
		if err != nil {
			return nil, err
		}
		c, secret, err := a.Registry.Register(ctx, c, in.Body.Reason, by.Actor)
		if err != nil {
			return nil, err
		}
		out := secretAnswer(c, secret)
		out.Body.Warned = a.warned(ctx, c)
		return out, nil
	})
}
