package scim

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/claviger-id/claviger/oidc/dpop"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// The detail error keywords of RFC 7644 section 3.12, and of RFC 9865 section 2.1.
const (
	invalidFilter = "invalidFilter"
	tooMany       = "tooMany"
	uniqueness    = "uniqueness"
	mutability    = "mutability"
	invalidSyntax = "invalidSyntax"
	invalidPath   = "invalidPath"
	noTarget      = "noTarget"
	invalidValue  = "invalidValue"
	invalidCursor = "invalidCursor"
	invalidCount  = "invalidCount"
)

// Error is what a client is told.
type Error struct {
	Status int
	// Type is a detail error keyword, or empty.
	Type   string
	Detail string
	// Cause is for the log only.
	Cause error
}

// Error includes the cause: it is for logs.
func (e *Error) Error() string {
	text := "scim: " + e.Type + " " + e.Detail
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

func bad(kind, detail string) *Error {
	return &Error{Status: http.StatusBadRequest, Type: kind, Detail: detail}
}

func taken(detail string, cause error) *Error {
	return &Error{Status: http.StatusConflict, Type: uniqueness, Detail: detail, Cause: cause}
}

func notImplemented(detail string) *Error {
	return &Error{Status: http.StatusNotImplemented, Detail: detail}
}

func missing(cause error) *Error {
	return &Error{Status: http.StatusNotFound, Detail: "There is no such resource.", Cause: cause}
}

// told makes any error what a client may be told.
func told(err error) *Error {
	var (
		own   *Error
		wrong *fault.Error
	)
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &wrong):
		return &Error{Status: wrong.HTTPStatus(), Detail: wrong.Description, Cause: err}
	case errors.Is(err, storage.ErrStale): // RFC 7644 section 3.14
		return &Error{Status: http.StatusPreconditionFailed, Detail: "It was changed since. Read it again.", Cause: err}
	case errors.Is(err, storage.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return &Error{Status: http.StatusServiceUnavailable, Detail: "A part that is needed does not answer. Try again in a moment.", Cause: err}
	}
	found := problem.From(err)
	e := &Error{Status: web.Status(err), Detail: found.Message, Cause: err}
	if found.Code == problem.Invalid && e.Status == http.StatusBadRequest {
		e.Type = invalidValue
	}
	return e
}

// body is section 3.12 of RFC 7644.
func (e *Error) body() map[string]any {
	m := map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": strconv.Itoa(e.Status), "detail": e.Detail}
	if e.Type != "" {
		m["scimType"] = e.Type
	}
	return m
}

// fault writes an error.
func (*Server) fault(w http.ResponseWriter, r *http.Request, err error) {
	e, h := told(err), w.Header()
	var wrong *fault.Error
	if errors.As(err, &wrong) && wrong.Challenge != "" {
		h["Www-Authenticate"] = dpop.Challenges(r.Header.Get("Authorization"), wrong.Challenge)
	}
	if e.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	web.RetryAfter(w, err)
	text, err := json.Marshal(e.body())
	if err != nil {
		text = []byte(`{"status":"500"}`)
	}
	h.Set("Content-Type", mediaType)
	w.WriteHeader(e.Status)
	_, _ = w.Write(text)
}
