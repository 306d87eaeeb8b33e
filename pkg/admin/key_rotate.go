package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type rotateKeyInput struct {
	Body struct {
		Why
		Algorithm string `json:"alg" enum:"ES256,RS256,PS256,EdDSA"`
	}
}

func (a *API) rotateKey() {
	handle(a, repeatable(huma.Operation{
		OperationID: "rotate-key", Method: http.MethodPost, Path: "/v1/keys/rotate", Tags: []string{"Signing keys"},
		Summary: "Announce the successor of a key that signs tokens", Description: "It signs a day later, when every application has seen it. Keys do this by themselves every 90 days.",
	}), func(ctx context.Context, by Caller, in *rotateKeyInput) (*keyChangeOutput, error) {
		next, err := a.Ring.RotateNow(ctx, in.Body.Algorithm, in.Body.Reason, by.Actor)
		if err != nil {
			return nil, err
		}
		return a.keysChanged(ctx, next)
	})
}
