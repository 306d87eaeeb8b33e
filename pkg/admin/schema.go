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
