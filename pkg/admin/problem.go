package admin

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/dpop"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/approval"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// problemType is the type of a problem: RFC 9457 section 3.1.1.
func problemType(code string) string { return "urn:claviger:problem:" + code }

// Codes of problems that package problem does not have: they are of HTTP.
const (
	codeStale    = "stale"
	codeRequired = "precondition_required"
	codeInput    = "invalid"
	// codeSecond: a second person has to approve first.
	codeSecond = "second_person"
)

// precondition is a condition of a request that is missing or does not hold (RFC
// 9110 section 15.5.13, RFC 6585 section 3).
type precondition struct {
	status int
	code   string
	detail string
}

func (e *precondition) Error() string { return e.code + ": " + e.detail }

// describe makes any error a problem document (RFC 9457 section 3). What is not
// known to be the caller's doing is ours, and shows nothing.
func describe(ctx context.Context, err error) *huma.ErrorModel {
	var (
		wrong  *fault.Error
		broken *precondition
		said   string
		status int
		code   string

		waiting *approval.Waiting
	)
	switch {
	case errors.As(err, &wrong):
		status, code, said = wrong.HTTPStatus(), string(wrong.Code), wrong.Description
	case errors.As(err, &broken):
		status, code, said = broken.status, broken.code, broken.detail
	case errors.As(err, &waiting):
		status, code = http.StatusConflict, codeSecond
		said = "Somebody else has to approve this first. Send the same again when they have, before " + waiting.Request.ExpiresAt.Format(time.RFC3339) + "."
	case errors.Is(err, storage.ErrStale):
		status, code, said = http.StatusPreconditionFailed, codeStale, "It was changed since. Read it again."
	case errors.Is(err, storage.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		status, code, said = http.StatusServiceUnavailable, string(problem.Unavailable), "A part that is needed does not answer. Try again in a moment."
	default:
		found := problem.From(err)
		status, code, said = web.Status(err), string(found.Code), found.Message
		var refused *web.Refusal
		if errors.As(err, &refused) {
			code = string(problem.From(refused).Code)
		}
	}
	d := &huma.ErrorModel{Type: problemType(code), Status: status, Detail: said}
	if waiting != nil {
		d.Errors = append(d.Errors, &huma.ErrorDetail{Location: "approval", Message: waiting.Request.ID})
	}
	var members enroll.Invalid
	if errors.As(err, &members) {
		for _, name := range slices.Sorted(maps.Keys(members)) {
			d.Errors = append(d.Errors, &huma.ErrorDetail{Location: "body." + name, Message: members[name]})
		}
	}
	var registration client.Wrong
	if errors.As(err, &registration) {
		d.Status, d.Type, d.Detail = http.StatusBadRequest, problemType(codeInput), "The application cannot be registered so."
		for _, one := range registration {
			d.Errors = append(d.Errors, &huma.ErrorDetail{Location: "body", Message: one.Error()})
		}
	}
	return finish(ctx, d)
}

// finish adds what every problem document has. What was sent is not sent back.
func finish(ctx context.Context, d *huma.ErrorModel) *huma.ErrorModel {
	if d.Type == "" {
		d.Type = problemType(codeInput)
	}
	d.Title = http.StatusText(d.Status)
	d.Instance = "urn:claviger:request:" + request.From(ctx).ID
	for _, one := range d.Errors {
		one.Value = nil
	}
	return d
}

// Fault writes an error that no operation has answered.
func (*API) fault(w http.ResponseWriter, r *http.Request, err error) {
	d := describe(r.Context(), err)
	h := w.Header()
	var wrong *fault.Error
	if errors.As(err, &wrong) && wrong.Challenge != "" {
		h["Www-Authenticate"] = dpop.Challenges(r.Header.Get("Authorization"), wrong.Challenge)
	}
	if d.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	web.RetryAfter(w, err)
	h.Set("Content-Type", "application/problem+json")
	text, err := json.Marshal(d)
	if err != nil {
		text = []byte(`{"status":500}`)
	}
	w.WriteHeader(d.Status)
	_, _ = w.Write(text)
}
