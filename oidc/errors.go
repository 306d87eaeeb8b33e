package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/claviger-id/claviger/oidc/dpop"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// asError makes any error an OAuth error. What is not known to be the caller's
// doing is ours, and shows nothing.
func asError(err error) *fault.Error {
	var own *fault.Error
	if errors.As(err, &own) {
		return own
	}
	if errors.Is(err, storage.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Unavailable(err)
	}
	found := problem.From(err)
	switch found.Code {
	case problem.Invalid, problem.NotFound, problem.Conflict:
		return &fault.Error{Code: fault.InvalidRequest, Description: found.Message, Status: web.Status(err), Cause: err}
	case problem.Unauthenticated, problem.Denied:
		return &fault.Error{Code: fault.AccessDenied, Description: found.Message, Status: http.StatusForbidden, Cause: err}
	case problem.Limited, problem.Unavailable:
		return fault.Unavailable(err)
	}
	return &fault.Error{Code: fault.ServerError, Description: "Something went wrong on our side.", Cause: err}
}

// Fault is the API edge's one writer of errors: the JSON of RFC 6749 section
// 5.2.
func (*Provider) Fault(w http.ResponseWriter, r *http.Request, err error) {
	e := asError(err)
	h := w.Header()
	switch {
	case e.Challenge != "":
		h["Www-Authenticate"] = dpop.Challenges(r.Header.Get("Authorization"), e.Challenge)
	case e.Code == fault.InvalidClient:
		// RFC 6749 section 5.2 and RFC 9110 section 15.5.2.
		h.Set("WWW-Authenticate", `Basic realm="claviger", charset="UTF-8"`)
	}
	if e.Code == fault.TemporarilyUnavailable {
		h.Set("Retry-After", "1")
		web.RetryAfter(w, err)
	}
	body := struct {
		Error       fault.Code `json:"error"`
		Description string     `json:"error_description,omitempty"`
		// RFC 6749 section 8.2: what is nobody else's begins with our name.
		Hint fault.Hint `json:"claviger_hint,omitempty"`
	}{e.Code, described(e), e.Hint}
	writeJSON(w, e.HTTPStatus(), body)
}

// maxDescription is enough for a sentence or two, maxProblems for all that can
// be wrong with a registration.
const (
	maxDescription = 200
	maxProblems    = 4000
)

// described is the error_description of an error.
func described(e *fault.Error) string {
	if e.Code == fault.InvalidClientMetadata || e.Code == fault.InvalidRedirectURI {
		return plainUpTo(e.Description, maxProblems)
	}
	return plain(e.Description)
}

// plain is s in the characters that RFC 6749 section 5.2 lets an
// error_description have, which are printable ASCII without " and \.
func plain(s string) string { return plainUpTo(s, maxDescription) }

func plainUpTo(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r == '\\' || r < ' ' || r > '~':
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), most)]
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

// writeJWT signs claims and writes them as a document that must not be cached.
func (p *Provider) writeJWT(w http.ResponseWriter, alg, typ, mediaType string, claims map[string]any) error {
	payload, err := json.Marshal(claims)
	if err != nil {
		return err
	}
	token, err := p.Keys.Sign(alg, typ, payload)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(token)) // who hung up does not read it
	return nil
}
