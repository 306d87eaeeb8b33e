package scim

import "strings"

// attribute is a characteristic of a schema (RFC 7643 section 7). Names are not
// case sensitive (section 2.1).
type attribute struct {
	name, kind  string // kind: string, boolean, dateTime, reference, complex
	description string
	multi       bool
	required    bool
	caseExact   bool
	mutability  string // readWrite when empty
	returned    string // default when empty
	uniqueness  string // none when empty
	canonical   []string
	sub         []attribute
	// most is how many values there may be, where that is more than maxValues.
	most int
	// dropped attributes are those of the RFC that are taken and not kept.
	dropped bool
}

// find finds an attribute by its name.
func find(all []attribute, name string) *attribute {
	for i := range all {
		if strings.EqualFold(all[i].name, name) {
			return &all[i]
		}
	}
	return nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// document is the attribute as /Schemas shows it.
func (a *attribute) document() map[string]any {
	m := map[string]any{
		"name": a.name, "type": a.kind, "multiValued": a.multi, "description": a.description, "required": a.required,
		"mutability": orElse(a.mutability, "readWrite"), "returned": orElse(a.returned, "default"),
	}
	if a.kind == "string" || a.kind == "reference" {
		m["caseExact"], m["uniqueness"] = a.caseExact, orElse(a.uniqueness, "none")
	}
	if a.kind == "reference" {
		m["referenceTypes"] = []string{"User", "Group"}
	}
	if len(a.canonical) > 0 {
		m["canonicalValues"] = a.canonical
	}
	if len(a.sub) > 0 {
		m["subAttributes"] = documents(a.sub)
	}
	return m
}

func documents(all []attribute) []map[string]any {
	list := []map[string]any{}
	for i := range all {
		if !all[i].dropped {
			list = append(list, all[i].document())
		}
	}
	return list
}

// kind is one type of resource: its schema and that of its extension.
type kind struct {
	name, endpoint, description string
	schema, extension           string // URNs; extension may be empty
	attributes, extended        []attribute
}

// common are the attributes of every resource (RFC 7643 section 3.1).
func common() []attribute {
	return []attribute{
		{name: "schemas", kind: "reference", multi: true, caseExact: true, mutability: "readOnly", returned: "always"},
		{name: "id", kind: "string", caseExact: true, mutability: "readOnly", returned: "always", uniqueness: "server"},
		{name: "externalId", kind: "string", caseExact: true, description: "What the provisioning client calls the resource.", uniqueness: "server"},
		{name: "meta", kind: "complex", mutability: "readOnly", sub: []attribute{
			{name: "resourceType", kind: "string", caseExact: true, mutability: "readOnly"},
			{name: "created", kind: "dateTime", mutability: "readOnly"}, {name: "lastModified", kind: "dateTime", mutability: "readOnly"},
			{name: "location", kind: "reference", caseExact: true, mutability: "readOnly"}, {name: "version", kind: "string", caseExact: true, mutability: "readOnly"},
		}},
	}
}

// place is where an attribute path leads: one of a schema or of its extension.
type place struct {
	extended bool
	attr     *attribute
	sub      *attribute // nil when the path names no sub-attribute
}

// locate finds what a path leads to (RFC 7644 section 3.10); nil when nothing does.
func (k *kind) locate(urn, name, sub string) *place {
	p := &place{}
	switch {
	case urn == "" || strings.EqualFold(urn, k.schema):
		p.attr = find(common(), name)
		if p.attr == nil {
			p.attr = find(k.attributes, name)
		}
	case k.extension != "" && strings.EqualFold(urn, k.extension):
		p.extended, p.attr = true, find(k.extended, name)
	case strings.EqualFold(urn, enterprise):
		// Section 4.3 of RFC 7643: taken, and not kept.
		p.attr = &attribute{name: name, kind: "string", dropped: true}
		return p
	}
	if p.attr == nil {
		return nil
	}
	if sub != "" {
		if p.attr.dropped {
			return p
		}
		if p.sub = find(p.attr.sub, sub); p.sub == nil {
			return nil
		}
	}
	return p
}
