package scim

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/claviger-id/claviger/pkg/web"
)

// Handler returns the server's routes.
func (s *Server) Handler() *web.Mux {
	mux := web.NewAPIMux(web.APIOptions{Log: s.Log, Now: s.Now, Fault: s.fault, Observe: s.Observe, Proxies: s.Proxies})
	// RFC 7644 section 4: what the server can do. It says nothing of anybody.
	for path, do := range map[string]act{
		"/ServiceProviderConfig": s.serviceProviderConfig, "/Schemas": s.schemas, "/Schemas/{id}": s.schema,
		"/ResourceTypes": s.resourceTypes, "/ResourceTypes/{id}": s.resourceType,
	} {
		mux.Handle("GET "+base+path, func(w http.ResponseWriter, r *http.Request) error {
			a, err := do(r.Context(), &call{id: r.PathValue("id"), query: r.URL.Query()})
			if err != nil {
				return err
			}
			return a.write(w)
		})
	}
	for _, one := range []struct {
		pattern, operation string
		limit              int64
		do                 act
	}{
		{"GET /Users", opUsersRead, 0, s.listUsers},
		{"POST /Users/.search", opUsersRead, maxBody, searched(s.listUsers)},
		{"POST /Users", opUsersWrite, maxBody, s.createUser},
		{"GET /Users/{id}", opUsersRead, 0, s.showUser},
		{"PUT /Users/{id}", opUsersWrite, maxBody, s.replaceUser},
		{"PATCH /Users/{id}", opUsersWrite, maxBody, s.patchUser},
		{"DELETE /Users/{id}", opUsersWrite, 0, s.deleteUser},
		{"GET /Groups", opGroupsRead, 0, s.listGroups},
		{"POST /Groups/.search", opGroupsRead, maxBody, searched(s.listGroups)},
		{"POST /Groups", opGroupsWrite, maxBody, s.createGroup},
		{"GET /Groups/{id}", opGroupsRead, 0, s.showGroup},
		{"PUT /Groups/{id}", opGroupsWrite, maxBody, s.replaceGroup},
		{"PATCH /Groups/{id}", opGroupsWrite, maxBody, s.patchGroup},
		{"DELETE /Groups/{id}", opGroupsWrite, 0, s.deleteGroup},
		{"POST /Bulk", opBulk, maxBulk, s.bulk},
	} {
		method, path := split(one.pattern)
		mux.HandleRoute(web.Route{Pattern: method + " " + base + path, MaxBody: max(one.limit, 1), Handler: s.serve(one.operation, one.limit, one.do)})
	}
	// RFC 7644 section 3.11: a provisioning client is nobody of those that it
	// provisions.
	mux.Handle("GET "+base+"/Me", func(http.ResponseWriter, *http.Request) error { return notImplemented("There is no Me here.") })
	return mux
}

// read reads a request.
func read(r *http.Request, limit int64) (*call, error) {
	c := &call{id: r.PathValue("id"), query: r.URL.Query(), ifMatch: r.Header.Get("If-Match"), ifNoneMatch: r.Header.Get("If-None-Match")}
	if limit == 0 {
		return c, nil
	}
	// RFC 7644 section 3.1, and section 8.1 of RFC 7643.
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != mediaType && kind != "application/json" {
		return nil, &Error{Status: http.StatusUnsupportedMediaType, Detail: "The body must be " + mediaType + "."}
	}
	var err error
	c.body, err = io.ReadAll(r.Body)
	return c, err
}

// searched has an act read its query from the body (RFC 7644 section 3.4.3).
func searched(do act) act {
	return func(ctx context.Context, c *call) (*answer, error) {
		query, err := searchRequest(c.body)
		if err != nil {
			return nil, err
		}
		c.query = query
		return do(ctx, c)
	}
}

// split takes a pattern apart.
func split(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	return method, path
}
