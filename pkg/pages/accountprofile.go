package pages

import (
	"net/http"
	"strings"

	"github.com/claviger-id/claviger/pkg/person"
)

const accountProfilePath = accountPath + "/profile"

type accountProfileView struct {
	frame
	Facts []fact
	// Addresses are those to which notices go.
	Addresses []string
}

// fact is something that is known, and what it is.
type fact struct{ Name, Value string }

// accountProfile shows somebody what is known of them. It came from the application
// for the account, whose word others trust: a person changes none of it.
func (p *Pages) accountProfile(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, accountProfilePath)
	if err != nil || !ok {
		return err
	}
	known, err := p.Profile(r.Context(), current.PersonID)
	if err != nil {
		return err
	}
	return pr.print(w, http.StatusOK, "account-profile", accountProfileView{
		frame: pr.frame(pr.texts.Profile.Title, false), Facts: profileFacts(pr.texts, known), Addresses: known.Addresses(),
	})
}

// profileFacts is what a profile holds, in words; nothing of what it does not.
func profileFacts(texts *Texts, p person.Profile) (all []fact) {
	at := p.Address.Written()
	var roles []string
	for _, r := range p.Roles {
		roles = append(roles, texts.Manage.Role(r))
	}
	for _, f := range []fact{
		{"user_id", p.UserID}, {"name", p.Name()}, {"credential", p.Credential}, {"npi", p.NPI}, {"taxonomy", p.Taxonomy},
		{"license_number", p.LicenseNumber}, {"license_state", p.LicenseState}, {"organization", p.Organization}, {"roles", strings.Join(roles, ", ")},
		{"email", p.Email}, {"phone", p.Phone},
		{"address", strings.Join(strings.Fields(at.Street+" "+at.City+" "+at.State+" "+at.PostalCode), " ")},
		{"nickname", p.Nickname}, {"page", p.Page}, {"picture", p.Picture}, {"website", p.Website}, {"gender", p.Gender},
		{"birthdate", p.Birthdate}, {"zoneinfo", p.Zoneinfo}, {"locale", p.Locale},
	} {
		if f.Value != "" {
			all = append(all, fact{texts.Profile.Field(f.Name), f.Value})
		}
	}
	return all
}
