package admin

import "github.com/danielgtaylor/huma/v2"

// ownWords puts our words into the schemas of problems, which the library has.
func ownWords(d *huma.OpenAPI) {
	schemas := d.Components.Schemas.Map()
	for name, words := range map[string]map[string]string{
		"ErrorModel": {
			"type": "urn:claviger:problem: and a code.", "title": "The name of the status.", "status": "The status of the answer.",
			"detail": "One sentence for who reads the answer.", "instance": "urn:claviger:request: and the id of the request, as in the logs.",
			"errors": "What was wrong with the input, and where.",
		},
		"ErrorDetail": {"message": "What was wrong.", "location": "Where: body, path, query or header, and the member.", "value": "Never sent."},
	} {
		schema := schemas[name]
		if schema == nil {
			continue
		}
		for member, text := range words {
			if p := schema.Properties[member]; p != nil {
				p.Description, p.Examples, p.Default = text, nil, nil
			}
		}
	}
}

// patternWords say of patterns what they stand for.
var patternWords = map[string]string{
	`^[a-z2-7]{26}$`:         "an id of 26 letters and digits, as lists and answers show it; a User ID or another name is none, and /v1/people?user_id= finds an account by its User ID",
	`^[a-z][a-z0-9_]{1,39}$`: "a code such as left_practice: small letters, digits and _, at most 40, of which the first is a letter",
}

// ownMessages has it said in words what an id or a code is, where the library says the
// pattern.
func ownMessages(d *huma.OpenAPI) {
	for _, path := range d.Paths {
		for _, op := range []*huma.Operation{path.Get, path.Post, path.Put, path.Patch, path.Delete} {
			if op == nil {
				continue
			}
			for _, p := range op.Parameters {
				inWords(p.Schema)
			}
		}
	}
	for _, s := range d.Components.Schemas.Map() {
		inWords(s)
	}
}

func inWords(s *huma.Schema) {
	if s == nil {
		return
	}
	if words, ok := patternWords[s.Pattern]; ok {
		s.PatternDescription = words
		s.PrecomputeMessages()
		s.PatternDescription = "" // JSON Schema has no such member: the document has the pattern
	}
	for _, member := range s.Properties {
		inWords(member)
	}
	inWords(s.Items)
}
