package admin

import (
	"time"

	"github.com/claviger-id/claviger/pkg/access"
)

// Member is a role of a person in an organization.
type Member struct {
	ID           string    `json:"id" doc:"Names the membership."`
	Person       string    `json:"person"`
	UserID       string    `json:"user_id"`
	Name         string    `json:"name"`
	State        string    `json:"state" doc:"That of the account."`
	Role         string    `json:"role"`
	Need         string    `json:"need" doc:"The business need."`
	GrantedBy    string    `json:"granted_by"`
	Since        time.Time `json:"since"`
	EndsAt       time.Time `json:"ends_at,omitzero"`
	UsedAt       time.Time `json:"used_at,omitzero" doc:"The last use, to within an hour."`
	SecondFactor bool      `json:"second_factor" doc:"Whether the person has set one up."`
}

func member(m access.Membership) Member {
	return Member{
		ID: m.ID, Person: m.PersonID, UserID: m.UserID, Name: m.Name, State: string(m.Account), Role: m.Role, Need: m.Need,
		GrantedBy: m.GrantedBy, Since: m.Since, EndsAt: m.EndsAt, UsedAt: m.UsedAt, SecondFactor: m.SecondFactor,
	}
}
