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

type addMemberInput struct {
	Named
	Body struct {
		Person     string    `json:"person,omitempty" pattern:"^[a-z2-7]{26}$" doc:"The account, for operators."`
		UserID     string    `json:"user_id,omitempty" maxLength:"100" doc:"Or its User ID, with the family name."`
		FamilyName string    `json:"family_name,omitempty" maxLength:"100"`
		Role       string    `json:"role" pattern:"^[a-z][a-z0-9_]{0,39}$"`
		Need       string    `json:"need" minLength:"3" maxLength:"200" doc:"The business need, in a line."`
		EndsAt     time.Time `json:"ends_at,omitzero" doc:"When it ends. Operators alone may leave it out."`
	}
}

func (a *API) addMember() {
	handle(a, repeatable(huma.Operation{
		OperationID: "add-member", Method: http.MethodPost, Path: "/v1/organizations/{id}/members", Tags: []string{"Organizations"}, DefaultStatus: http.StatusCreated,
		Summary:     "Give somebody a role in an organization",
		Description: "Administrators of the organization give roles below its ceiling, with an end date, to others than themselves, whom they name by User ID and family name.",
	}), func(ctx context.Context, by Caller, in *addMemberInput) (*created, error) {
		n := access.NewMembership{OrganizationID: in.ID, PersonID: in.Body.Person, Role: in.Body.Role, Need: in.Body.Need, EndsAt: in.Body.EndsAt}
		var m storage.Membership
		var err error
		switch {
		case (in.Body.Person == "") == (in.Body.UserID == ""):
			return nil, problem.New(problem.Invalid, "Name somebody by person, or by user_id with family_name.")
		case by.is(in.Body.Person):
			return nil, problem.New(problem.Denied, "Nobody gives access to themselves.")
		case in.Body.Person != "" && by.Role == RoleDelegateAdministrator:
			return nil, problem.New(problem.Denied, "Name the person by user_id and family_name.")
		case in.Body.Person != "":
			m, err = a.Access.Grant(ctx, n, by.Actor)
		default:
			if by.kind == storage.OperatorPerson {
				n.Except = by.id
			}
			m, err = a.Access.GrantNamed(ctx, n, in.Body.UserID, in.Body.FamilyName, by.Actor)
		}
		if err != nil {
			return nil, err
		}
		return createdAt("/v1/organizations/"+in.ID+"/members", m.ID, 0), nil
	})
}
