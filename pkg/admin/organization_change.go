package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type changeOrganizationInput struct {
	Matched
	Body struct {
		Ceiling []string `json:"ceiling" maxItems:"100" nullable:"false" doc:"The roles that its own administrators may give from now on."`
	}
}

func (a *API) changeOrganization() {
	handle(a, huma.Operation{
		OperationID: "change-organization", Method: http.MethodPatch, Path: "/v1/organizations/{id}", Tags: []string{"Organizations"},
		Summary: "Change which roles administrators may give", Description: "What they have given stays.",
	}, func(ctx context.Context, by Caller, in *changeOrganizationInput) (*organizationOutput, error) {
		version, err := matching(in.IfMatch)
		if err != nil {
			return nil, err
		}
		changed, err := a.Access.SetCeilingOf(ctx, in.ID, version, in.Body.Ceiling, by.Actor)
		if err != nil {
			return nil, err
		}
		return organizationAnswer(changed), nil
	})
}
