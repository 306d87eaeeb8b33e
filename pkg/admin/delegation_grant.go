package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

type grantDelegationInput struct {
	Named
	Body struct {
		Delegate   string    `json:"delegate,omitempty" pattern:"^[a-z2-7]{26}$" doc:"The account of who acts."`
		UserID     string    `json:"user_id,omitempty" maxLength:"100" doc:"Or its User ID, with the family name."`
		FamilyName string    `json:"family_name,omitempty" maxLength:"100"`
		Clients    []string  `json:"clients" nullable:"false" minItems:"1" maxItems:"20" doc:"Applications that are registered for acting, by id."`
		Purpose    string    `json:"purpose" enum:"treatment,payment,operations"`
		EndsAt     time.Time `json:"ends_at" doc:"When it ends."`
		Reason     string    `json:"reason" pattern:"^[a-z][a-z0-9_]{1,39}$" doc:"A code for the audit log, such as asked_by_principal."`
	}
}

func (a *API) grantDelegation() {
	handle(a, repeatable(huma.Operation{
		OperationID: "grant-delegation", Method: http.MethodPost, Path: "/v1/people/{id}/delegations", Tags: []string{"Delegations"}, DefaultStatus: http.StatusCreated,
		Summary:     "Let somebody act for a person",
		Description: "For when the person cannot do so on the account page. Nobody lets themselves act for somebody.",
	}), func(ctx context.Context, by Caller, in *grantDelegationInput) (*created, error) {
		n := access.NewDelegation{
			PrincipalID: in.ID, DelegateID: in.Body.Delegate, UserID: in.Body.UserID, FamilyName: in.Body.FamilyName,
			Clients: in.Body.Clients, Purpose: in.Body.Purpose, EndsAt: in.Body.EndsAt, Reason: in.Body.Reason,
		}
		if by.kind == storage.OperatorPerson {
			n.Except = by.id
		}
		if (n.DelegateID == "") == (n.UserID == "") {
			return nil, problem.New(problem.Invalid, "Name somebody by delegate, or by user_id with family_name.")
		}
		d, err := a.Access.GrantDelegation(ctx, n, by.Actor)
		if err != nil {
			return nil, err
		}
		return createdAt("/v1/delegations", d.ID, 0), nil
	})
}
