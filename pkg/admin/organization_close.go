package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type closeOrganizationInput struct {
	Matched
	Body Why
}

type closeOrganizationOutput struct {
	Body struct {
		Ended int `json:"ended" doc:"How many roles ended with it."`
	}
}

func (a *API) closeOrganization() {
	handle(a, huma.Operation{
		OperationID: "close-organization", Method: http.MethodPost, Path: "/v1/organizations/{id}/close", Tags: []string{"Organizations"},
		Summary:     "Close an organization for good",
		Description: "Ends every role in it, and what rested on them. Refused while another one that is active is part of it.",
	}, func(ctx context.Context, by Caller, in *closeOrganizationInput) (*closeOrganizationOutput, error) {
		version, err := matching(in.IfMatch)
		if err != nil {
			return nil, err
		}
		out := &closeOrganizationOutput{}
		out.Body.Ended, err = a.Access.CloseVersion(ctx, in.ID, version, in.Body.Reason, by.Actor)
		return out, err
	})
}
