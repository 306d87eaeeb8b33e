package admin

import (
	"time"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
)

// Person is an account as operators see it.
type Person struct {
	ID        string         `json:"id" doc:"Names the account in this API."`
	UserID    string         `json:"user_id" doc:"What the person signs in with."`
	State     string         `json:"state" enum:"approved,credential_issued,active,suspended,closed"`
	Subject   string         `json:"sub" doc:"The subject that applications know, unless they know another one."`
	CreatedAt time.Time      `json:"created_at"`
	UpdatedAt time.Time      `json:"updated_at"`
	Profile   person.Profile `json:"profile"`
}

// Summary is an account in a list.
type Summary struct {
	ID           string    `json:"id"`
	UserID       string    `json:"user_id"`
	State        string    `json:"state" enum:"approved,credential_issued,active,suspended,closed"`
	Name         string    `json:"name"`
	NPI          string    `json:"npi,omitempty"`
	Organization string    `json:"organization,omitempty"`
	UpdatedAt    time.Time `json:"updated_at"`
}

func whole(a enroll.Account) Person {
	return Person{
		ID: a.ID, UserID: a.Profile.UserID, State: string(a.State), Subject: a.Subject,
		CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Profile: a.Profile,
	}
}

func summary(a enroll.Account) Summary {
	return Summary{
		ID: a.ID, UserID: a.Profile.UserID, State: string(a.State), Name: a.Profile.Name(), NPI: a.Profile.NPI,
		Organization: a.Profile.Organization, UpdatedAt: a.UpdatedAt,
	}
}
