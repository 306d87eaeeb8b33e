// Package problem is the one error type that crosses layers: a code, a text
// that is safe to show, and a cause that is not. Any other error is internal
// and shows nothing. The edges (packages oidc, pages, web) turn codes into
// OAuth errors, pages and RFC 9457 documents.
package problem

import (
	"errors"
	"time"
)

// Code says what kind of problem it is.
type Code string

// The codes. Each edge maps all of them.
const (
	// Invalid: the caller sent something wrong and can mend it.
	Invalid Code = "invalid"
	// Unauthenticated: the caller has not proven who it is.
	Unauthenticated Code = "unauthenticated"
	// Denied: the caller is known and may not.
	Denied Code = "denied"
	// NotFound: there is no such thing, or the caller may not know of it.
	NotFound Code = "not_found"
	// Conflict: it contradicts what exists already.
	Conflict Code = "conflict"
	// Limited: too many attempts; see RetryAfter.
	Limited Code = "limited"
	// Unavailable: a part that is needed does not answer; see RetryAfter.
	Unavailable Code = "unavailable"
	// Internal: anything else.
	Internal Code = "internal"
)

// Error is a problem with a text that may be shown.
type Error struct {
	Code Code
	// Message is one sentence for the person or developer who caused it. It
	// never holds a secret, a driver's text or somebody else's data.
	Message string
	// Reason says which sentence it is, and Count what that counts; both may be
	// empty.
	Reason Reason
	Count  int
	// RetryAfter is how long to wait before trying again; zero when unknown.
	RetryAfter time.Duration
	// Cause is for the log only.
	Cause error
}

// New returns a problem without a cause.
func New(code Code, message string) *Error {
	return &Error{Code: code, Message: message}
}

// Wrap returns a problem that hides cause.
func Wrap(code Code, message string, cause error) *Error {
	return &Error{Code: code, Message: message, Cause: cause}
}

// Error includes the cause: it is for logs. Show Message instead.
func (e *Error) Error() string {
	if e.Cause == nil {
		return string(e.Code) + ": " + e.Message
	}
	return string(e.Code) + ": " + e.Message + ": " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// From returns the problem in err's chain, or an Internal one that hides err.
func From(err error) *Error {
	var p *Error
	if errors.As(err, &p) {
		return p
	}
	return &Error{Code: Internal, Message: "Something went wrong on our side.", Cause: err}
}
