package admin

import (
	"time"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
)

// Applicant is what is written down of who applies for an account. What each
// member may hold, person.Fields says.
type Applicant struct {
	NPI           string `json:"npi,omitempty" maxLength:"10" doc:"National Provider Identifier, ten digits."`
	FamilyName    string `json:"family_name" maxLength:"100"`
	GivenName     string `json:"given_name" maxLength:"100"`
	MiddleName    string `json:"middle_name,omitempty" maxLength:"100"`
	Credential    string `json:"credential,omitempty" maxLength:"60" doc:"What stands behind the name: MD, RN."`
	Street        string `json:"street,omitempty" maxLength:"200"`
	City          string `json:"city,omitempty" maxLength:"100"`
	State         string `json:"state,omitempty" maxLength:"60"`
	PostalCode    string `json:"postal_code,omitempty" maxLength:"20"`
	Phone         string `json:"phone,omitempty" maxLength:"40"`
	Taxonomy      string `json:"taxonomy,omitempty" maxLength:"20" doc:"A code of the Health Care Provider Taxonomy."`
	LicenseNumber string `json:"license_number,omitempty" maxLength:"60"`
	LicenseState  string `json:"license_state,omitempty" maxLength:"20"`
	Email         string `json:"email,omitempty" maxLength:"254"`
	Organization  string `json:"organization,omitempty" maxLength:"200"`
	Nickname      string `json:"nickname,omitempty" maxLength:"100"`
	Page          string `json:"profile,omitempty" maxLength:"400"`
	Picture       string `json:"picture,omitempty" maxLength:"400"`
	Website       string `json:"website,omitempty" maxLength:"400"`
	Gender        string `json:"gender,omitempty" maxLength:"40"`
	Birthdate     string `json:"birthdate,omitempty" maxLength:"10"`
	Zoneinfo      string `json:"zoneinfo,omitempty" maxLength:"60"`
	Locale        string `json:"locale,omitempty" maxLength:"35"`
}

// members are those of an applicant, in the order of person.Fields.
func (a *Applicant) members() []*string {
	return []*string{
		&a.NPI, &a.FamilyName, &a.GivenName, &a.MiddleName, &a.Credential, &a.Street, &a.City, &a.State, &a.PostalCode, &a.Phone,
		&a.Taxonomy, &a.LicenseNumber, &a.LicenseState, &a.Email, &a.Organization, &a.Nickname, &a.Page, &a.Picture, &a.Website,
		&a.Gender, &a.Birthdate, &a.Zoneinfo, &a.Locale,
	}
}

// profile is what was written, unjudged.
func (a *Applicant) profile() person.Profile {
	var p person.Profile
	fields := person.Fields()
	for i, member := range a.members() {
		*fields[i].Into(&p) = *member
	}
	return p
}

func applicant(p person.Profile) Applicant {
	var a Applicant
	fields := person.Fields()
	for i, member := range a.members() {
		*member = *fields[i].Into(&p)
	}
	return a
}

// Enrolment is an application for an account as operators see it.
type Enrolment struct {
	ID          string    `json:"id"`
	State       string    `json:"state" enum:"submitted,approved,rejected"`
	Source      string    `json:"source" enum:"operator,form,administrator,provisioning"`
	SubmittedAt time.Time `json:"submitted_at"`
	SubmittedBy string    `json:"submitted_by"`
	DecidedAt   time.Time `json:"decided_at,omitzero"`
	DecidedBy   string    `json:"decided_by,omitempty"`
	Reason      string    `json:"reason,omitempty" doc:"The code of a rejection."`
	Person      string    `json:"person,omitempty" doc:"The account that the approval made."`
	KnownAs     string    `json:"known_as,omitempty" doc:"The state of the account that has this NPI already."`
	Applicant   Applicant `json:"applicant"`
}

func enrolment(a enroll.Application) Enrolment {
	return Enrolment{
		ID: a.ID, State: string(a.State), Source: a.Source, SubmittedAt: a.SubmittedAt, SubmittedBy: a.SubmittedBy,
		DecidedAt: a.DecidedAt, DecidedBy: a.DecidedBy, Reason: a.Reason, Person: a.PersonID, KnownAs: string(a.KnownAs),
		Applicant: applicant(a.Applicant),
	}
}
