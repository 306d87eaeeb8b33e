package scim

import (
	"strconv"
	"time"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// names are what a client calls a person.
type names struct {
	UserName    string `json:"user_name,omitempty"`
	ExternalID  string `json:"external_id,omitempty"`
	DisplayName string `json:"display_name,omitempty"`
}

// user is an account, or an application that waits, as one client sees it.
type user struct {
	// row is what the client knows; its Version is 0 when that is nothing.
	row   storage.Provisioned
	names names
	// who is the account; while the application waits, its ID alone.
	who     storage.Person
	waiting bool
	// former says that the person has left the client's organization, and that there
	// is nothing but names.
	former  bool
	profile person.Profile
	// mine is what the person has in the organization of the client.
	mine []storage.Membership
	// operator says that the person may use the admin API, be it for an organization
	// alone, and whole that the client decides over the account itself. weigh finds
	// both out.
	operator, whole bool
	created         time.Time
	updated         time.Time
}

func (u *user) active() bool {
	return !u.waiting && !u.former && u.who.State != storage.PersonSuspended && !u.row.Inactive
}

// etag counts the changes of the account and of what the client knows.
func (u *user) etag() string {
	return `W/"` + strconv.FormatInt(u.who.Version, 10) + "." + strconv.FormatInt(u.row.Version, 10) + `"`
}

// field is where an attribute of one value stands in the profile.
type field struct {
	extended  bool
	attr, sub string
	at        func(*person.Profile) *string
}

// fields are the attributes of one value.
func fields() []field {
	return []field{
		{attr: "name", sub: "familyName", at: func(p *person.Profile) *string { return &p.FamilyName }},
		{attr: "name", sub: "givenName", at: func(p *person.Profile) *string { return &p.GivenName }},
		{attr: "name", sub: "middleName", at: func(p *person.Profile) *string { return &p.MiddleName }},
		{attr: "name", sub: "honorificSuffix", at: func(p *person.Profile) *string { return &p.Credential }},
		{attr: "nickName", at: func(p *person.Profile) *string { return &p.Nickname }},
		{attr: "profileUrl", at: func(p *person.Profile) *string { return &p.Page }},
		{attr: "locale", at: func(p *person.Profile) *string { return &p.Locale }},
		{attr: "timezone", at: func(p *person.Profile) *string { return &p.Zoneinfo }},
		{extended: true, attr: "npi", at: func(p *person.Profile) *string { return &p.NPI }},
		{extended: true, attr: "taxonomy", at: func(p *person.Profile) *string { return &p.Taxonomy }},
		{extended: true, attr: "licenseNumber", at: func(p *person.Profile) *string { return &p.LicenseNumber }},
		{extended: true, attr: "licenseState", at: func(p *person.Profile) *string { return &p.LicenseState }},
		{extended: true, attr: "organization", at: func(p *person.Profile) *string { return &p.Organization }},
	}
}

// resource is the user as clients see it.
func (s *Server) userResource(u *user) map[string]any {
	location := s.URL + base + "/Users/" + u.who.ID
	state := string(u.who.State)
	switch {
	case u.waiting:
		state = "waiting"
	case u.former:
		state = ""
	}
	m := map[string]any{
		"schemas": []any{userSchema, clinicianSchema}, "id": u.who.ID, "userName": orElse(u.names.UserName, u.profile.UserID), "active": u.active(),
		"meta": map[string]any{
			"resourceType": "User", "created": u.created.Format(time.RFC3339Nano), "lastModified": u.updated.Format(time.RFC3339Nano),
			"location": location, "version": u.etag(),
		},
	}
	name := map[string]any{}
	put(name, "formatted", u.profile.Name())
	put(m, "displayName", orElse(u.names.DisplayName, u.profile.Name()))
	more := map[string]any{}
	put(more, "state", state)
	put(m, "externalId", u.names.ExternalID)
	put(more, "userId", u.profile.UserID)
	for _, f := range fields() {
		switch value := *f.at(&u.profile); {
		case f.extended:
			put(more, f.attr, value)
		case f.sub != "":
			put(name, f.sub, value)
		default:
			put(m, f.attr, value)
		}
	}
	m["name"], m[clinicianSchema] = name, more
	if u.profile.Email != "" {
		m["emails"] = []any{map[string]any{"value": u.profile.Email, "type": "work", "primary": true}}
	}
	if u.profile.Phone != "" {
		m["phoneNumbers"] = []any{map[string]any{"value": u.profile.Phone, "type": "work", "primary": true}}
	}
	if a := u.profile.Address; a != (person.Address{}) {
		address := map[string]any{"type": "work", "primary": true}
		put(address, "streetAddress", a.Street)
		put(address, "locality", a.City)
		put(address, "region", a.State)
		put(address, "postalCode", a.PostalCode)
		m["addresses"] = []any{address}
	}
	return m
}

func put(m map[string]any, name, value string) {
	if value != "" {
		m[name] = value
	}
}

// written takes what a resource says into a profile and the names that the client
// has; the rest of the profile it leaves as it is.
func written(m map[string]any, p *person.Profile, n *names) {
	n.UserName, n.ExternalID = word(m, "userName"), word(m, "externalId")
	// A name that we would show anyway is none of the client's own.
	if n.DisplayName = word(m, "displayName"); n.DisplayName == p.Name() {
		n.DisplayName = ""
	}
	name, _ := m["name"].(map[string]any)
	more, _ := m[clinicianSchema].(map[string]any)
	for _, f := range fields() {
		switch {
		case f.extended:
			*f.at(p) = word(more, f.attr)
		case f.sub != "":
			*f.at(p) = word(name, f.sub)
		default:
			*f.at(p) = word(m, f.attr)
		}
	}
	p.Email, p.Phone = word(chosen(m["emails"]), "value"), word(chosen(m["phoneNumbers"]), "value")
	a := chosen(m["addresses"])
	p.Address = person.Address{Street: word(a, "streetAddress"), City: word(a, "locality"), State: word(a, "region"), PostalCode: word(a, "postalCode")}
}

func word(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

// chosen is the one of several values that is kept: the primary one, or that of
// work, or the first.
func chosen(v any) map[string]any {
	all, _ := v.([]any)
	var best map[string]any
	rank := 0
	for _, one := range all {
		m, ok := one.(map[string]any)
		r := 1
		switch {
		case !ok:
			continue
		case m["primary"] == true:
			r = 3
		case m["type"] == "work":
			r = 2
		}
		if r > rank {
			best, rank = m, r
		}
	}
	return best
}
