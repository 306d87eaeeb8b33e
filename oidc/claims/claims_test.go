package claims_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/oidc/claims"
	"github.com/claviger-id/claviger/pkg/person"
)

var full = person.Profile{
	UserID: "aquill", GivenName: "Ada", MiddleName: "B", FamilyName: "Quill", Credential: "MD",
	NPI: "1234567893", Taxonomy: "207R00000X", LicenseNumber: "L1", LicenseState: "OH", Organization: "Cove Clinic",
	Email: "ada@example.org", Phone: "+15555550100",
	Address:  person.Address{Street: "1 Main St", City: "Cove", State: "OH", PostalCode: "45001"},
	Nickname: "Addie", Page: "https://cove.example/aquill", Picture: "https://cove.example/aquill.jpg", Website: "https://quill.example",
	Gender: "female", Birthdate: "1980-02-29", Zoneinfo: "America/New_York", Locale: "en-US",
}

var orgs = []claims.Organization{
	{ID: "o1", Name: "Cove Clinic", Kind: "practice", Roles: []string{"nurse", "biller"}},
	{ID: "o2", Name: "Cove Hospital", Kind: "facility", Roles: []string{"nurse"}},
	{ID: "o3", Name: "Cove Health", Kind: "department"},
}

var updated = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestOf(t *testing.T) {
	type m = map[string]any
	of := func(scopes []string, p person.Profile) m {
		return claims.Of(scopes, claims.Known{Profile: p, UpdatedAt: updated, Organizations: orgs})
	}
	profile := m{
		"name": "Ada B Quill", "given_name": "Ada", "middle_name": "B", "family_name": "Quill",
		"preferred_username": "aquill", "updated_at": updated.Unix(),
		"nickname": "Addie", "profile": "https://cove.example/aquill", "picture": "https://cove.example/aquill.jpg",
		"website": "https://quill.example", "gender": "female", "birthdate": "1980-02-29", "zoneinfo": "America/New_York", "locale": "en-US",
	}
	for name, tc := range map[string]struct {
		scopes []string
		of     person.Profile
		want   m
	}{
		"nothing asked":   {nil, full, m{}},
		"openid":          {[]string{"openid"}, full, m{}},
		"unknown scope":   {[]string{"api:read"}, full, m{}},
		"profile":         {[]string{"profile"}, full, profile},
		"email":           {[]string{"email"}, full, m{"email": "ada@example.org", "email_verified": false}},
		"phone":           {[]string{"phone"}, full, m{"phone_number": "+15555550100", "phone_number_verified": false}},
		"nothing known":   {[]string{"openid", "profile", "email", "phone", "address", "provider"}, person.Profile{}, m{"updated_at": updated.Unix()}},
		"only spaces":     {[]string{"provider", "email"}, person.Profile{NPI: " ", Organization: "\t"}, m{}},
		"part of an addr": {[]string{"address"}, person.Profile{Address: person.Address{State: "OH"}}, m{"address": map[string]string{"region": "OH", "formatted": "OH"}}},
		"address": {[]string{"address"}, full, m{"address": map[string]string{
			"street_address": "1 Main St", "locality": "Cove", "region": "OH", "postal_code": "45001",
			"formatted": "1 Main St\nCove, OH 45001",
		}}},
		"provider": {[]string{"openid", "provider"}, full, m{
			"npi": "1234567893", "credential": "MD", "taxonomy": "207R00000X",
			"license_number": "L1", "license_state": "OH", "organization": "Cove Clinic",
		}},
		"npi":                {[]string{"npi"}, full, m{"npi": "1234567893"}},
		"npi, nothing known": {[]string{"npi"}, person.Profile{}, m{}},
		"roles":              {[]string{"roles"}, full, m{"roles": []string{"biller", "nurse"}}},
	} {
		if diff := cmp.Diff(tc.want, of(tc.scopes, tc.of)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNoClaimIsUnannounced(t *testing.T) {
	for name, value := range claims.Of(claims.Scopes(), claims.Known{Profile: full, UpdatedAt: updated, Organizations: orgs}) {
		if !slices.Contains(claims.Names(), name) {
			t.Errorf("%s is not among the names", name)
		}
		if value == nil || reflect.ValueOf(value).Kind() == reflect.String && value == "" {
			t.Errorf("%s is %v", name, value)
		}
	}
	// Every announced claim but sub comes of a full profile.
	if got, want := len(claims.Of(claims.Scopes(), claims.Known{Profile: full, UpdatedAt: updated, Organizations: orgs})), len(claims.Names())-1; got != want {
		t.Errorf("%d claims of a full profile, %d are announced", got, want)
	}
}

func TestWhoBelongsWhere(t *testing.T) {
	for name, tc := range map[string]struct {
		scopes []string
		known  []claims.Organization
		want   string
	}{
		"org alone": {[]string{"org"}, orgs,
			`{"org":[{"id":"o1","name":"Cove Clinic","kind":"practice"},{"id":"o2","name":"Cove Hospital","kind":"facility"},{"id":"o3","name":"Cove Health","kind":"department"}]}`},
		"org and roles": {[]string{"org", "roles"}, orgs[:1],
			`{"org":[{"id":"o1","name":"Cove Clinic","kind":"practice","roles":["nurse","biller"]}],"roles":["biller","nurse"]}`},
		"no role": {[]string{"org", "roles"}, orgs[2:], `{"org":[{"id":"o3","name":"Cove Health","kind":"department"}]}`},
		"nowhere": {[]string{"org", "roles"}, nil, `{}`},
		"neither": {[]string{"openid", "email"}, orgs, `{}`},
	} {
		got, err := json.Marshal(claims.Of(tc.scopes, claims.Known{Organizations: tc.known}))
		if err != nil || string(got) != tc.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}
