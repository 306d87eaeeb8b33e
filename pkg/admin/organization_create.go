package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/storage"
)

type createOrganizationInput struct {
	Body struct {
		Name    string   `json:"name" minLength:"1" maxLength:"200"`
		Kind    string   `json:"kind" enum:"practice,facility,department"`
		Parent  string   `json:"parent,omitempty" pattern:"^[a-z2-7]{26}$" doc:"The organization that it is part of, for good."`
		Ceiling []string `json:"ceiling,omitempty" maxItems:"100" nullable:"false" doc:"The roles that its own administrators may give."`
	}
}

func (a *API) createOrganization() {
	handle(a, repeatable(huma.Operation{
		OperationID: "create-organization", Method: http.MethodPost, Path: "/v1/organizations", Tags: []string{"Organizations"}, DefaultStatus: http.StatusCreated,
		Summary: "Create an organization", Description: "Its parent never changes.",
	}), func(ctx context.Context, by Caller, in *createOrganizationInput) (*created, error) {
		o, err := a.Access.Create(ctx, access.NewOrganization{
			Name: in.Body.Name, Kind: storage.OrganizationKind(in.Body.Kind), ParentID: in.Body.Parent, Ceiling: in.Body.Ceiling,
		}, by.Actor)
		if err != nil {
			return nil, err
		}
		return createdAt("/v1/organizations", o.ID, o.Version), nil
	})
}
