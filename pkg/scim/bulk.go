package scim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// maxOperations is how many operations one bulk request may have.
const maxOperations = 100

// bulkOperation is one operation of RFC 7644 section 3.7.
type bulkOperation struct {
	Method  string
	BulkID  string
	Version string
	Path    string
	Data    json.RawMessage
}

// bulkReference stands for the ID of what another operation of the request makes.
var bulkReference = regexp.MustCompile(`bulkId:([A-Za-z0-9_.~-]{1,100})`)

// bulk carries out operations one after the other, each by itself. One that refers
// to what a later one makes waits for it (section 3.7.1).
func (s *Server) bulk(ctx context.Context, c *call) (*answer, error) {
	var in struct {
		FailOnErrors *int
		Operations   []bulkOperation
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		return nil, &Error{Status: http.StatusBadRequest, Type: invalidSyntax, Detail: "The body is not a bulk request.", Cause: err}
	}
	if len(in.Operations) > maxOperations { // section 3.7.4
		return nil, &Error{Status: http.StatusRequestEntityTooLarge, Detail: "One request may have " + strconv.Itoa(maxOperations) + " operations."}
	}
	made := map[string]string{}
	results := make([]map[string]any, len(in.Operations))
	failures := 0
	stop := func() bool { return in.FailOnErrors != nil && *in.FailOnErrors > 0 && failures >= *in.FailOnErrors }
	run := func(i int) {
		var failed bool
		if results[i], failed = s.bulkOne(ctx, c, in.Operations[i], made); failed {
			failures++
		}
	}
	for left := len(in.Operations); left > 0 && !stop(); {
		before := left
		for i := range in.Operations {
			if results[i] != nil || open(in.Operations[i], made) || stop() {
				continue
			}
			run(i)
			left--
		}
		if left == before { // what is left refers to what is never made
			for i := range in.Operations {
				if results[i] == nil && !stop() {
					run(i)
					left--
				}
			}
		}
	}
	list := []map[string]any{}
	for _, r := range results {
		if r != nil {
			list = append(list, r)
		}
	}
	return &answer{status: http.StatusOK, body: map[string]any{
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:BulkResponse"}, "Operations": list,
	}}, nil
}

// open says that an operation refers to what has not been made yet.
func open(op bulkOperation, made map[string]string) bool {
	for _, text := range []string{op.Path, string(op.Data)} {
		for _, m := range bulkReference.FindAllStringSubmatch(text, -1) {
			if _, ok := made[m[1]]; !ok {
				return true
			}
		}
	}
	return false
}

// bulkOne carries out one operation.
func (s *Server) bulkOne(ctx context.Context, c *call, op bulkOperation, made map[string]string) (result map[string]any, failed bool) {
	result = map[string]any{"method": op.Method}
	if op.BulkID != "" {
		result["bulkId"] = op.BulkID
	}
	a, err := s.dispatch(ctx, c, op, made)
	if err != nil {
		var e *Error
		if err = s.Gate.Refused(ctx, opBulk, err); !errors.As(err, &e) {
			e = told(err)
		}
		if e.Status >= http.StatusInternalServerError && e.Status != http.StatusNotImplemented {
			s.Log.ErrorContext(ctx, "a part of a bulk request failed", "error", err)
		}
		result["status"], result["response"] = strconv.Itoa(e.Status), e.body()
		return result, true
	}
	result["status"] = strconv.Itoa(a.status)
	if a.location != "" {
		result["location"] = a.location
	}
	if a.etag != "" {
		result["version"] = a.etag
	}
	if op.Method == http.MethodPost && op.BulkID != "" {
		made[op.BulkID] = a.location[strings.LastIndexByte(a.location, '/')+1:]
	}
	return result, false
}

// dispatch finds the act of an operation.
func (s *Server) dispatch(ctx context.Context, c *call, op bulkOperation, made map[string]string) (*answer, error) {
	if open(op, made) {
		return nil, &Error{Status: http.StatusConflict, Type: invalidValue, Detail: "It refers to what no operation of the request has made."}
	}
	if op.Method == http.MethodPost && op.BulkID == "" { // section 3.7
		return nil, bad(invalidValue, "What makes something needs a bulkId.")
	}
	filled := func(text []byte) []byte {
		return bulkReference.ReplaceAllFunc(text, func(m []byte) []byte { return []byte(made[string(bytes.TrimPrefix(m, []byte("bulkId:")))]) })
	}
	kind, id, _ := strings.Cut(strings.TrimPrefix(string(filled([]byte(op.Path))), "/"), "/")
	one := &call{by: c.by, id: id, query: url.Values{}, body: filled(op.Data), ifMatch: op.Version}
	acts := map[string]act{
		"POST Users": s.createUser, "PUT Users": s.replaceUser, "PATCH Users": s.patchUser, "DELETE Users": s.deleteUser,
		"POST Groups": s.createGroup, "PUT Groups": s.replaceGroup, "PATCH Groups": s.patchGroup, "DELETE Groups": s.deleteGroup,
	}
	do, ok := acts[op.Method+" "+kind]
	if !ok || (id == "") != (op.Method == http.MethodPost) || strings.Contains(id, "/") {
		return nil, bad(invalidPath, "There is no such operation.")
	}
	return do(ctx, one)
}
