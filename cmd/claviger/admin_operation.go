package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/pkg/outbound"
)

// apiOperation is what the OpenAPI document of the admin API says of one operation.
type apiOperation struct {
	Parameters []struct{ Name, In string }
	Security   []map[string][]string
}

// scopes are those that a token for it needs.
func (o apiOperation) scopes() (all []string) {
	for _, s := range o.Security {
		for _, scopes := range s {
			all = append(all, scopes...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// repeatable says that it takes a key under which it is done once.
func (o apiOperation) repeatable() bool {
	return o.takes("header", "Idempotency-Key")
}

// paged says that it is a list that is read page by page.
func (o apiOperation) paged() bool { return o.takes("query", "cursor") && o.takes("query", "limit") }

func (o apiOperation) takes(in, name string) bool {
	return slices.ContainsFunc(o.Parameters, func(p struct{ Name, In string }) bool { return p.In == in && p.Name == name })
}

// operation finds the operation of a request in the document that the API serves; known
// says that it is there. What the document does not know, the API answers itself.
func (c *caller) operation(ctx context.Context, method, path string) (found apiOperation, known bool, err error) {
	answer, err := c.exchange(ctx, outbound.Request{Method: http.MethodGet, Address: c.url + "/openapi.json"})
	if err != nil {
		return apiOperation{}, false, err
	}
	var document struct {
		Servers []struct{ URL string }
		Paths   map[string]struct{ Get, Post, Put, Patch, Delete *apiOperation }
	}
	if answer.Status != http.StatusOK || json.Unmarshal(answer.Body, &document) != nil {
		return apiOperation{}, false, fmt.Errorf("at %s is no admin API (status %d for /openapi.json); name it with --url, or admin.url of the configuration", c.url, answer.Status)
	}
	// A token is addressed to the API by the name that it goes by: who named another one
	// would get a token, and be refused with it.
	if n := document.Servers; len(n) > 0 && n[0].URL != c.url {
		return apiOperation{}, false, fmt.Errorf("the admin API at %s goes by the name %s (its admin.url), and takes tokens for that only; call it there", c.url, cells(n[0].URL))
	}
	fewest := -1
	for template, item := range document.Paths {
		op := map[string]*apiOperation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
		}[method]
		if open, ok := matches(template, path); ok && op != nil && (fewest < 0 || open < fewest) {
			found, known, fewest = *op, true, open
		}
	}
	return found, known, nil
}

// matches says whether a path is one of a template, and how many of its segments the
// template leaves open.
func matches(template, path string) (open int, ok bool) {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return 0, false
	}
	for i, segment := range want {
		switch {
		case strings.HasPrefix(segment, "{") && got[i] != "":
			open++
		case segment != got[i]:
			return 0, false
		}
	}
	return open, true
}
