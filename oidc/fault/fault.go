// Package fault is what goes wrong in the protocol, in the protocol's own terms:
// the registered OAuth error codes and an error that carries one.
//
// It knows nothing of HTTP but the status that a code stands for; package oidc
// writes the answers.
package fault

import "net/http"

// Code is a registered OAuth error code, but for NotFound. No other code leaves the process.
type Code string

// The codes, each with the specification that registers it.
const (
	// RFC 6749 sections 4.1.2.1 and 5.2.
	InvalidRequest          Code = "invalid_request"
	InvalidClient           Code = "invalid_client"
	InvalidGrant            Code = "invalid_grant"
	InvalidScope            Code = "invalid_scope"
	UnauthorizedClient      Code = "unauthorized_client"
	UnsupportedGrantType    Code = "unsupported_grant_type"
	UnsupportedResponseType Code = "unsupported_response_type"
	AccessDenied            Code = "access_denied"
	ServerError             Code = "server_error"
	TemporarilyUnavailable  Code = "temporarily_unavailable"
	// RFC 6750 section 3.1.
	InvalidToken      Code = "invalid_token"
	InsufficientScope Code = "insufficient_scope"
	// RFC 7009 section 2.2.1.
	UnsupportedTokenType Code = "unsupported_token_type"
	// RFC 7591 section 3.2.2.
	InvalidRedirectURI          Code = "invalid_redirect_uri"
	InvalidClientMetadata       Code = "invalid_client_metadata"
	InvalidSoftwareStatement    Code = "invalid_software_statement"
	UnapprovedSoftwareStatement Code = "unapproved_software_statement"
	// RFC 8628 section 3.5.
	AuthorizationPending Code = "authorization_pending"
	SlowDown             Code = "slow_down"
	ExpiredToken         Code = "expired_token"
	// RFC 8707 section 2.
	InvalidTarget Code = "invalid_target"
	// RFC 9101 section 7.
	InvalidRequestURI    Code = "invalid_request_uri"
	InvalidRequestObject Code = "invalid_request_object"
	// RFC 9449 sections 5 and 8.
	InvalidDPoPProof Code = "invalid_dpop_proof"
	UseDPoPNonce     Code = "use_dpop_nonce"
	// OpenID Connect Core section 3.1.2.6.
	LoginRequired            Code = "login_required"
	ConsentRequired          Code = "consent_required"
	InteractionRequired      Code = "interaction_required"
	AccountSelectionRequired Code = "account_selection_required"
	RequestNotSupported      Code = "request_not_supported"
	RequestURINotSupported   Code = "request_uri_not_supported"
	RegistrationNotSupported Code = "registration_not_supported"
	// No specification: what an address of ours, that none describes, has not got.
	NotFound Code = "not_found"
	// OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
	UnmetRequirements Code = "unmet_authentication_requirements"
)

// Hint says in a word what an application can do about an error.
type Hint string

// HintAgreement says: bring the person to the authorization endpoint, where they are
// asked to accept the Use Agreement. What was refused works again afterwards.
const HintAgreement Hint = "agreement_required"

// HintFactor says: bring the person to the authorization endpoint, where they prove
// what is missing. The new authorization takes the place of what was refused.
const HintFactor Hint = "factor_required"

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
	// Hint, where it is not empty, tells an application what it can do about the
	// error.
	Hint Hint
	// ClientID is the client that the error was made for, where it is known.
	ClientID string
	// Cause is for the log only.
	Cause error
}

// New returns an error with a code and a description.
func New(code Code, description string) *Error {
	return &Error{Code: code, Description: description}
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

// Unavailable says that a part which is needed does not answer.
func Unavailable(cause error) *Error {
	return &Error{Code: TemporarilyUnavailable, Description: "A part that is needed does not answer. Try again in a moment.", Cause: cause}
}

// HTTPStatus is the HTTP status of the error where it is an answer of its own.
// server_error and temporarily_unavailable are registered for redirects, which
// have no status; where there is one, it is the one that they stand for.
func (e *Error) HTTPStatus() int {
	if e.Status != 0 {
		return e.Status
	}
	switch e.Code {
	case InvalidClient, InvalidToken:
		return http.StatusUnauthorized
	case InsufficientScope, AccessDenied:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case ServerError:
		return http.StatusInternalServerError
	case TemporarilyUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}
