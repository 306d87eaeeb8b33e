package scim

import (
	"context"
	"net/http"
	"strings"

	"github.com/claviger-id/claviger/pkg/access"
)

// The URNs of RFC 7643 and of ours.
const (
	userSchema  = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterprise  = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	// clinicianSchema is our extension. Its name has the form that directories
	// insist on for attributes of others.
	clinicianSchema = "urn:ietf:params:scim:schemas:extension:claviger:2.0:User"
)

func text(name, description string) attribute {
	return attribute{name: name, kind: "string", description: description}
}

// plural is a multi-valued attribute of which one value is kept.
func plural(name, description string) attribute {
	return attribute{name: name, kind: "complex", multi: true, description: description, sub: []attribute{
		text("value", ""), {name: "type", kind: "string", canonical: []string{"work"}}, {name: "primary", kind: "boolean"},
		{name: "display", kind: "string", dropped: true},
	}}
}

// notKept are attributes of RFC 7643 section 4.1 that are taken and not kept.
func notKept(names ...string) []attribute {
	var all []attribute
	for _, n := range names {
		all = append(all, attribute{name: n, kind: "string", dropped: true})
	}
	return all
}

// users is the type of accounts.
func users() *kind {
	return &kind{
		name: "User", endpoint: "/Users", description: "Accounts of clinicians and staff.", schema: userSchema, extension: clinicianSchema,
		attributes: append([]attribute{
			{name: "userName", kind: "string", required: true, uniqueness: "server",
				description: "What the provisioning client calls the person; the User ID until it says. People sign in with the User ID."},
			{name: "name", kind: "complex", required: true, sub: []attribute{
				{name: "formatted", kind: "string", mutability: "readOnly"}, {name: "familyName", kind: "string", required: true},
				{name: "givenName", kind: "string", required: true}, text("middleName", ""), text("honorificSuffix", "What stands behind the name: MD, RN."),
				{name: "honorificPrefix", kind: "string", dropped: true},
			}},
			text("displayName", "The full name until the client says another."), text("nickName", ""), text("profileUrl", ""), text("locale", ""), text("timezone", ""),
			{name: "active", kind: "boolean", description: "False ends all access at once."},
			plural("emails", "One is kept: the primary one, or that of work."), plural("phoneNumbers", "One is kept: the primary one, or that of work."),
			{name: "addresses", kind: "complex", multi: true, description: "One is kept: the primary one, or that of work.", sub: []attribute{
				text("streetAddress", ""), text("locality", ""), text("region", ""), text("postalCode", ""),
				{name: "type", kind: "string", canonical: []string{"work"}}, {name: "primary", kind: "boolean"},
				{name: "formatted", kind: "string", dropped: true}, {name: "country", kind: "string", dropped: true},
			}},
			{name: "groups", kind: "complex", multi: true, mutability: "readOnly", returned: "request", description: "The roles in organizations.", sub: []attribute{
				{name: "value", kind: "string", caseExact: true, mutability: "readOnly"}, {name: "$ref", kind: "reference", caseExact: true, mutability: "readOnly"},
				{name: "display", kind: "string", mutability: "readOnly"},
			}},
		}, notKept("title", "userType", "preferredLanguage", "ims", "photos", "entitlements", "roles", "x509Certificates", "password")...),
		extended: []attribute{
			{name: "userId", kind: "string", mutability: "readOnly", uniqueness: "global", description: "What the person signs in with. Made of the name, for good."},
			{name: "state", kind: "string", mutability: "readOnly", description: "The state of the account: waiting, approved, credential_issued, active, suspended."},
			{name: "npi", kind: "string", mutability: "immutable", uniqueness: "global", description: "National Provider Identifier, ten digits."},
			text("taxonomy", "A code of the Health Care Provider Taxonomy."), text("licenseNumber", ""), text("licenseState", ""),
			text("organization", "The name of the employer."),
		},
	}
}

// groups is the type of roles in organizations.
func groups() *kind {
	return &kind{
		name: "Group", endpoint: "/Groups", description: "Who has a role in an organization.", schema: groupSchema,
		attributes: []attribute{
			{name: "displayName", kind: "string", required: true, caseExact: true, mutability: "readOnly", description: "The organization and the role."},
			{name: "members", kind: "complex", multi: true, most: access.MaxStaff, sub: []attribute{
				{name: "value", kind: "string", caseExact: true, required: true}, {name: "$ref", kind: "reference", caseExact: true, mutability: "readOnly"},
				{name: "type", kind: "string", canonical: []string{"User"}}, {name: "display", kind: "string", dropped: true},
			}},
		},
	}
}

func (s *Server) schemaDocument(k *kind, extension bool) map[string]any {
	id, name, all := k.schema, k.name, k.attributes
	if extension {
		id, name, all = k.extension, "Clinician", k.extended
	}
	return map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Schema"}, "id": id, "name": name, "description": k.description,
		"attributes": documents(all), "meta": map[string]any{"resourceType": "Schema", "location": s.URL + base + "/Schemas/" + id},
	}
}

func (s *Server) allSchemas() []map[string]any {
	return []map[string]any{s.schemaDocument(users(), false), s.schemaDocument(users(), true), s.schemaDocument(groups(), false)}
}

func (s *Server) schemas(_ context.Context, c *call) (*answer, error) {
	return fixed(c, s.allSchemas())
}

func (s *Server) schema(_ context.Context, c *call) (*answer, error) {
	for _, d := range s.allSchemas() {
		if id, _ := d["id"].(string); strings.EqualFold(id, c.id) {
			return &answer{status: http.StatusOK, body: d}, nil
		}
	}
	return nil, missing(nil)
}

// fixed is a list of everything. RFC 7644 section 4: filters are refused, so that
// nobody believes one was applied.
func fixed(c *call, all []map[string]any) (*answer, error) {
	if c.query.Get("filter") != "" {
		return nil, &Error{Status: http.StatusForbidden, Detail: "This list takes no filter."}
	}
	return &answer{status: http.StatusOK, body: map[string]any{
		"schemas": []string{listResponse}, "totalResults": len(all), "startIndex": 1, "itemsPerPage": len(all), "Resources": all,
	}}, nil
}
