package scim

import (
	"context"
	"net/http"
)

// serviceProviderConfig is RFC 7643 section 5, with RFC 9865 section 4.
func (s *Server) serviceProviderConfig(context.Context, *call) (*answer, error) {
	no := map[string]any{"supported": false}
	yes := map[string]any{"supported": true}
	return &answer{status: http.StatusOK, body: map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
		"patch":   yes, "etag": yes, "changePassword": no, "sort": no,
		"bulk":   map[string]any{"supported": true, "maxOperations": maxOperations, "maxPayloadSize": maxBulk},
		"filter": map[string]any{"supported": true, "maxResults": maxPage},
		// RFC 9865 section 4. A cursor does not expire.
		"pagination": map[string]any{
			"cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": defaultPage, "maxPageSize": maxPage,
		},
		"authenticationSchemes": []map[string]any{{
			"type": "oauthbearertoken", "name": "OAuth 2.0", "description": "Access tokens of this installation, by client_credentials.",
			"specUri": "https://www.rfc-editor.org/info/rfc6750", "primary": true,
		}},
		"meta": map[string]any{"resourceType": "ServiceProviderConfig", "location": s.URL + base + "/ServiceProviderConfig"},
	}}, nil
}
