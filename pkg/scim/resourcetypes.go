package scim

import (
	"context"
	"net/http"
	"strings"
)

func (s *Server) typeDocuments() []map[string]any {
	var all []map[string]any
	for _, k := range []*kind{users(), groups()} {
		d := map[string]any{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"}, "id": k.name, "name": k.name, "endpoint": k.endpoint,
			"description": k.description, "schema": k.schema,
			"meta": map[string]any{"resourceType": "ResourceType", "location": s.URL + base + "/ResourceTypes/" + k.name},
		}
		if k.extension != "" {
			d["schemaExtensions"] = []map[string]any{{"schema": k.extension, "required": false}}
		}
		all = append(all, d)
	}
	return all
}

func (s *Server) resourceTypes(_ context.Context, c *call) (*answer, error) {
	return fixed(c, s.typeDocuments())
}

func (s *Server) resourceType(_ context.Context, c *call) (*answer, error) {
	for _, d := range s.typeDocuments() {
		if id, _ := d["id"].(string); strings.EqualFold(id, c.id) {
			return &answer{status: http.StatusOK, body: d}, nil
		}
	}
	return nil, missing(nil)
}
