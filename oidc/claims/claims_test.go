package claims_test

import (
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

var updated = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestOf(t *testing.T) {
	type m = map[string]any
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
		"nothing known":   {claims.Scopes(), person.Profile{}, m{"updated_at": updated.Unix()}},
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
	} {
		if diff := cmp.Diff(tc.want, claims.Of(tc.scopes, tc.of, updated)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNoClaimIsUnannounced(t *testing.T) {
	for name, value := range claims.Of(claims.Scopes(), full, updated) {
		if !slices.Contains(claims.Names(), name) {
			t.Errorf("%s is not among the names", name)
		}
		if value == nil || reflect.ValueOf(value).Kind() == reflect.String && value == "" {
			t.Errorf("%s is %v", name, value)
		}
	}
	// Every announced claim but sub comes of a full profile.
	if got, want := len(claims.Of(claims.Scopes(), full, updated)), len(claims.Names())-1; got != want {
		t.Errorf("%d claims of a full profile, %d are announced", got, want)
	}
}
