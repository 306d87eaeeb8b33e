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
func Names() []string {
	var all []string
	for _, s := range byScope {
		all = append(all, s.claims...)
	}
	return all
}

// Of returns the claims that the scopes stand for, without sub. A claim that is
// not known of the person is absent, never null or empty (OpenID Connect Core
// section 5.3.2).
func Of(scopes []string, p person.Profile, updatedAt time.Time) map[string]any {
	var names []string
	for _, s := range byScope {
		if slices.Contains(scopes, s.scope) {
			names = append(names, s.claims...)
		}
	}
	return Named(names, p, updatedAt)
}

// Named returns the claims of these names that are known of the person, without
// sub.
func Named(names []string, p person.Profile, updatedAt time.Time) map[string]any {
	known := map[string]any{
		"name": p.Name(), "given_name": p.GivenName, "middle_name": p.MiddleName, "family_name": p.FamilyName,
		"preferred_username": p.UserID, "nickname": p.Nickname, "profile": p.Page, "picture": p.Picture, "website": p.Website,
		"gender": p.Gender, "birthdate": p.Birthdate, "zoneinfo": p.Zoneinfo, "locale": p.Locale,
		"email": p.Email, "phone_number": p.Phone, "address": address(p.Address),
		"npi": p.NPI, "credential": p.Credential, "taxonomy": p.Taxonomy,
		"license_number": p.LicenseNumber, "license_state": p.LicenseState, "organization": p.Organization,
	}
	if !updatedAt.IsZero() {
		known["updated_at"] = updatedAt.Unix()
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
	}
	return false
}
