package admin

import (
	"time"

	"github.com/claviger-id/claviger/pkg/access"
)

// Delegation lets one person act for another.
type Delegation struct {
	ID        string    `json:"id"`
	Principal Party     `json:"principal" doc:"Who is acted for."`
	Delegate  Party     `json:"delegate" doc:"Who acts."`
	Clients   []string  `json:"clients" nullable:"false" doc:"The applications in which that may be."`
	Purpose   string    `json:"purpose"`
	GrantedBy string    `json:"granted_by"`
	Since     time.Time `json:"since"`
	EndsAt    time.Time `json:"ends_at"`
	UsedAt    time.Time `json:"used_at,omitzero" doc:"When it was last acted by it."`
}

// Party is one of the two people of a delegation.
type Party struct {
	Person string `json:"person"`
	UserID string `json:"user_id"`
	Name   string `json:"name"`
}

func delegation(d access.Delegation) Delegation {
	party := func(p access.Party) Party { return Party{Person: p.PersonID, UserID: p.UserID, Name: p.Name} }
	return Delegation{
		ID: d.ID, Principal: party(d.Principal), Delegate: party(d.Delegate), Clients: append([]string{}, d.Clients...), Purpose: d.Purpose,
		GrantedBy: d.GrantedBy, Since: d.Since, EndsAt: d.EndsAt, UsedAt: d.UsedAt,
	}
}
