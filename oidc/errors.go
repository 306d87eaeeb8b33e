package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// Code is a registered OAuth error code. No other code leaves the process.
type Code string

// RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1, OpenID Connect Core
// section 3.1.2.6.
const (
	InvalidRequest           Code = "invalid_request"
	InvalidClient            Code = "invalid_client"
	InvalidGrant             Code = "invalid_grant"
	InvalidScope             Code = "invalid_scope"
	InvalidToken             Code = "invalid_token"
	InsufficientScope        Code = "insufficient_scope"
	UnauthorizedClient       Code = "unauthorized_client"
	UnsupportedGrantType     Code = "unsupported_grant_type"
	UnsupportedResponseType  Code = "unsupported_response_type"
	AccessDenied             Code = "access_denied"
	ServerError              Code = "server_error"
	TemporarilyUnavailable   Code = "temporarily_unavailable"
	LoginRequired            Code = "login_required"
	RequestNotSupported      Code = "request_not_supported"
	RequestURINotSupported   Code = "request_uri_not_supported"
	RegistrationNotSupported Code = "registration_not_supported"
)

// Error is an OAuth error.
type Error struct {
	Code Code
	// Description is a sentence for the developer of the application. It holds
	// no secret and nothing of anybody else's.
	Description string
	// Status is the HTTP status where an answer has one of its own; 0 means
	// that of the code.
	Status int
	// Challenge is the value of WWW-Authenticate, or empty.
	Challenge string
	// ClientID is the client that the error was made for, where it is known.
	ClientID string
	// Cause is for the log only.
	Cause error
}

// Error includes the cause: it is for logs.
func (e *Error) Error() string {
	text := string(e.Code) + ": " + e.Description
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

func refuse(code Code, description string) *Error {
	return &Error{Code: code, Description: description}
}

// asError makes any error an OAuth error. What is not known to be the caller's
// doing is ours, and shows nothing.
func asError(err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	if errors.Is(err, storage.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
		return unavailable(err)
	}
	found := problem.From(err)
	switch found.Code {
	case problem.Invalid, problem.NotFound, problem.Conflict:
		return &Error{Code: InvalidRequest, Description: found.Message, Status: web.Status(err), Cause: err}
	case problem.Unauthenticated, problem.Denied:
		return &Error{Code: AccessDenied, Description: found.Message, Status: http.StatusForbidden, Cause: err}
	case problem.Limited, problem.Unavailable:
		return unavailable(err)
	}
	return &Error{Code: ServerError, Description: "Something went wrong on our side.", Cause: err}
}

func unavailable(err error) *Error {
	return &Error{Code: TemporarilyUnavailable, Description: "A part that is needed does not answer. Try again in a moment.", Cause: err}
}

// status is the HTTP status of the error where it is an answer of its own.
// server_error and temporarily_unavailable are registered for redirects, which
// have no status; where there is one, it is the one that they stand for.
func (e *Error) status() int {
	if e.Status != 0 {
		return e.Status
	}
	switch e.Code {
	case InvalidClient, InvalidToken:
		return http.StatusUnauthorized
	case InsufficientScope, AccessDenied:
		return http.StatusForbidden
	case ServerError:
		return http.StatusInternalServerError
	case TemporarilyUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// Fault is the API edge's one writer of errors: the JSON of RFC 6749 section
// 5.2.
func (*Provider) Fault(w http.ResponseWriter, _ *http.Request, err error) {
	e := asError(err)
	h := w.Header()
	switch {
	case e.Challenge != "":
		h.Set("WWW-Authenticate", e.Challenge)
	case e.Code == InvalidClient:
		// RFC 6749 section 5.2 and RFC 9110 section 15.5.2.
		h.Set("WWW-Authenticate", `Basic realm="claviger", charset="UTF-8"`)
	}
	if e.Code == TemporarilyUnavailable {
		h.Set("Retry-After", "1")
		web.RetryAfter(w, err)
	}
	body := struct {
		Error       Code   `json:"error"`
		Description string `json:"error_description,omitempty"`
	}{e.Code, plain(e.Description)}
	writeJSON(w, e.status(), body)
}

// maxDescription is enough for a sentence or two.
const maxDescription = 200

// plain is s in the characters that RFC 6749 section 5.2 lets an
// error_description have, which are printable ASCII without " and \.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r == '\\' || r < ' ' || r > '~':
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), maxDescription)]
}

// writeJSON writes a document that must not be cached (RFC 6749 section 5.1).
func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"server_error"}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache") // OpenID Connect Core section 3.1.3.3
	w.WriteHeader(status)
	_, _ = w.Write(text) // who hung up does not read what went wrong
}
