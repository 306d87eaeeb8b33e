package person

import (
	"slices"
	"strings"
)

// Profile is what is known of a person. All of it is sealed.
type Profile struct {
	UserID     string `json:"user_id"`
	GivenName  string `json:"given_name"`
	MiddleName string `json:"middle_name,omitempty"`
	FamilyName string `json:"family_name"`
	// Credential is what stands behind the name: MD, RN, …
	Credential string `json:"credential,omitempty"`
	// NPI is the National Provider Identifier, ten digits.
	NPI string `json:"npi,omitempty"`
	// Taxonomy is a code of the Health Care Provider Taxonomy.
	Taxonomy      string  `json:"taxonomy,omitempty"`
	LicenseNumber string  `json:"license_number,omitempty"`
	LicenseState  string  `json:"license_state,omitempty"`
	Organization  string  `json:"organization,omitempty"`
	Email         string  `json:"email,omitempty"`
	Phone         string  `json:"phone,omitempty"`
	Address       Address `json:"address,omitzero"`
	// What OpenID Connect Core section 5.1 has besides, where somebody said it.
	Nickname string `json:"nickname,omitempty"`
	// Page, Picture and Website are https addresses.
	Page    string `json:"profile,omitempty"`
	Picture string `json:"picture,omitempty"`
	Website string `json:"website,omitempty"`
	Gender  string `json:"gender,omitempty"`
	// Birthdate is YYYY-MM-DD, 0000-MM-DD or YYYY.
	Birthdate string `json:"birthdate,omitempty"`
	// Zoneinfo is a name of the time zone database, Locale a language tag.
	Zoneinfo string `json:"zoneinfo,omitempty"`
	Locale   string `json:"locale,omitempty"`
	// Notify are addresses besides Email to which notices about the account go.
	Notify []string `json:"notify,omitempty"`
	// Roles are what the person does here, in words of the organisation.
	Roles []string `json:"roles,omitempty"`
	// Source is where the person was enrolled from.
	Source Source `json:"source,omitzero"`
}

// Source is a row of a roster.
type Source struct {
	// Import is the id of the roster's import.
	Import string `json:"import,omitempty"`
	// Line is the line of the row, from 1.
	Line int64 `json:"line,omitempty"`
}

// Address is where a person practises.
type Address struct {
	Street     string `json:"street,omitempty"`
	City       string `json:"city,omitempty"`
	State      string `json:"state,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
}

// Written is the address as it stands on an envelope: a ZIP+4 that came as nine digits,
// as NPPES has it, with its hyphen.
func (a Address) Written() Address {
	if c := a.PostalCode; len(c) == 9 && !strings.ContainsFunc(c, func(r rune) bool { return r < '0' || r > '9' }) {
		a.PostalCode = c[:5] + "-" + c[5:]
	}
	return a
}

// Name is the full name as one writes it.
func (p Profile) Name() string {
	return strings.Join(strings.Fields(p.GivenName+" "+p.MiddleName+" "+p.FamilyName), " ")
}

// Addresses returns every address to which notices about the account go.
func (p Profile) Addresses() []string {
	var all []string
	for _, a := range append([]string{p.Email}, p.Notify...) {
		if a != "" && !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}

// Words are the person's own names, which others know: none of them makes a
// password.
func (p Profile) Words() []string {
	local, _, _ := strings.Cut(p.Email, "@")
	return []string{p.UserID, p.GivenName, p.MiddleName, p.FamilyName, p.Organization, local, p.NPI, p.Address.City}
}
