package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/claviger-id/claviger/pkg/problem"
)

// Refusal is a problem of HTTP itself, whose status no problem code carries.
type Refusal struct {
	// Status is the HTTP status.
	Status int
	// Problem says it in words that may be shown.
	Problem *problem.Error
}

// Error is for the log.
func (r *Refusal) Error() string { return r.Problem.Error() }

// Unwrap returns the problem.
func (r *Refusal) Unwrap() error { return r.Problem }

func refuse(status int, code problem.Code, message string, cause error) *Refusal {
	return &Refusal{Status: status, Problem: problem.Wrap(code, message, cause)}
}

// statuses maps every problem code.
var statuses = map[problem.Code]int{
	problem.Invalid:         http.StatusBadRequest,
	problem.Unauthenticated: http.StatusUnauthorized,
	problem.Denied:          http.StatusForbidden,
	problem.NotFound:        http.StatusNotFound,
	problem.Conflict:        http.StatusConflict,
	problem.Limited:         http.StatusTooManyRequests,
	problem.Unavailable:     http.StatusServiceUnavailable,
	problem.Internal:        http.StatusInternalServerError,
}

// Status is the HTTP status of an error: that of a Refusal, that of a body
// over its limit, or that of the problem's code. Anything else is 500.
func Status(err error) int {
	var refusal *Refusal
	var tooLarge *http.MaxBytesError
	var p *problem.Error
	switch {
	case errors.As(err, &refusal):
		return refusal.Status
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.As(err, &p):
		if status, ok := statuses[p.Code]; ok {
			return status
		}
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// RetryAfter sets the header of the same name (RFC 9110 section 10.2.3) when
// the error knows how long to wait, in whole seconds, rounded up.
func RetryAfter(w http.ResponseWriter, err error) {
	if wait := problem.From(err).RetryAfter; wait > 0 {
		seconds := (wait + time.Second - 1) / time.Second
		w.Header().Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
}
