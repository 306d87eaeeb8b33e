package claims

import (
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/person"
)

// The scopes.
const (
	ScopeOpenID   = "openid"
	ScopeProfile  = "profile"
	ScopeEmail    = "email"
	ScopePhone    = "phone"
	ScopeAddress  = "address"
	ScopeProvider = "provider"
	ScopeNPI      = "npi"
	ScopeOrg      = "org"
	ScopeRoles    = "roles"
)

// byScope is what each scope stands for. email_verified and
// phone_number_verified are always false: a roster says what somebody's
// address is, not that it was tried.
var byScope = []struct {
	scope  string
	claims []string
}{
	{ScopeOpenID, []string{"sub"}},
	{ScopeProfile, []string{"name", "given_name", "middle_name", "family_name", "nickname", "preferred_username", "profile", "picture", "website",
		"gender", "birthdate", "zoneinfo", "locale", "updated_at"}},
	{ScopeEmail, []string{"email", "email_verified"}},
	{ScopePhone, []string{"phone_number", "phone_number_verified"}},
	{ScopeAddress, []string{"address"}},
	{ScopeProvider, []string{"npi", "credential", "taxonomy", "license_number", "license_state", "organization"}},
	{ScopeNPI, []string{"npi"}},
	{ScopeOrg, []string{"org"}},
	{ScopeRoles, []string{"roles"}},
}

// Organization is where a person belongs.
type Organization struct {
	ID, Name, Kind string
	// Roles are what the person is there.
	Roles []string
}

// Known is what can be told of a person.
type Known struct {
	Profile   person.Profile
	UpdatedAt time.Time
	// Organizations are told by the claims org and roles alone.
	Organizations []Organization
}

// WantsOrganizations says that one of the claims is about organizations.
func WantsOrganizations(names []string) bool {
	return slices.Contains(names, "org") || slices.Contains(names, "roles")
}

// Scopes returns the scopes that are known here. Applications may be registered
// for others of their own; those carry no claims.
func Scopes() []string {
	var all []string
	for _, s := range byScope {
		all = append(all, s.scope)
	}
	return all
}

// Names returns the claims about a person that can be had.
func Names() []string { return For(Scopes()) }

// For returns the claims that the scopes stand for, each once.
func For(scopes []string) []string {
	var names []string
	for _, s := range byScope {
		if !slices.Contains(scopes, s.scope) {
			continue
		}
		for _, name := range s.claims {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// WhileActing leaves out of names what is not told to who acts for the person: how
// that one is reached in person.
func WhileActing(names []string) []string {
	own := For([]string{ScopeEmail, ScopePhone, ScopeAddress})
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(own, n) })
}

// Of returns the claims that the scopes stand for, without sub. A claim that is
// not known of the person is absent, never null or empty (OpenID Connect Core
// section 5.3.2).
func Of(scopes []string, k Known) map[string]any { return Named(For(scopes), k) }

// Named returns the claims of these names that are known of the person, without
// sub. The roles in each organization are told to who may know both.
func Named(names []string, k Known) map[string]any {
	p := k.Profile
	known := map[string]any{
		"name": p.Name(), "given_name": p.GivenName, "middle_name": p.MiddleName, "family_name": p.FamilyName,
		"preferred_username": p.UserID, "nickname": p.Nickname, "profile": p.Page, "picture": p.Picture, "website": p.Website,
		"gender": p.Gender, "birthdate": p.Birthdate, "zoneinfo": p.Zoneinfo, "locale": p.Locale,
		"email": p.Email, "phone_number": p.Phone, "address": address(p.Address),
		"npi": p.NPI, "credential": p.Credential, "taxonomy": p.Taxonomy,
		"license_number": p.LicenseNumber, "license_state": p.LicenseState, "organization": p.Organization,
		"org": organizations(k.Organizations, slices.Contains(names, "roles")), "roles": roles(k.Organizations),
	}
	if !k.UpdatedAt.IsZero() {
		known["updated_at"] = k.UpdatedAt.Unix()
	}
	if p.Email != "" {
		known["email_verified"] = false
	}
	if p.Phone != "" {
		known["phone_number_verified"] = false
	}
	told := map[string]any{}
	for _, name := range names {
		if value, ok := known[name]; ok && !empty(value) {
			told[name] = value
		}
	}
	return told
}

// toldOrganization is a member of the claim org.
type toldOrganization struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Kind  string   `json:"kind"`
	Roles []string `json:"roles,omitempty"`
}

func organizations(all []Organization, withRoles bool) []toldOrganization {
	var told []toldOrganization
	for _, o := range all {
		one := toldOrganization{ID: o.ID, Name: o.Name, Kind: o.Kind}
		if withRoles {
			one.Roles = o.Roles
		}
		told = append(told, one)
	}
	return told
}

// roles is every role that the person has somewhere, each once.
func roles(all []Organization) []string {
	var told []string
	for _, o := range all {
		told = append(told, o.Roles...)
	}
	slices.Sort(told)
	return slices.Compact(told)
}

// address is the claim of OpenID Connect Core section 5.1.1.
func address(a person.Address) map[string]string {
	told := map[string]string{}
	for name, value := range map[string]string{
		"street_address": a.Street, "locality": a.City, "region": a.State, "postal_code": a.PostalCode,
		"formatted": formatted(a),
	} {
		if strings.TrimSpace(value) != "" {
			told[name] = value
		}
	}
	return told
}

// formatted is the address as it stands on an envelope.
func formatted(a person.Address) string {
	region := strings.TrimSpace(a.State + " " + a.PostalCode)
	last := strings.Trim(a.City+", "+region, ", ")
	return strings.Trim(a.Street+"\n"+last, "\n")
}

func empty(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.TrimSpace(v) == ""
	case map[string]string:
		return len(v) == 0
	case []toldOrganization:
		return len(v) == 0
	case []string:
		return len(v) == 0
	}
	return false
}
