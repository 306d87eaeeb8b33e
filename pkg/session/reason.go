package session

import (
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// Reason is why a session ended. It stands in the audit log and in the logout
// ledger, and says what the person reads who comes back.
type Reason string

// The reasons.
const (
	ReasonLogout   Reason = "logout"
	ReasonIdle     Reason = "idle"
	ReasonAbsolute Reason = "absolute"
	// ReasonReplaced: the same browser signed in again.
	ReasonReplaced Reason = "replaced"
	// ReasonPasswordChanged: the person changed it.
	ReasonPasswordChanged Reason = "password_changed"
	// ReasonPasswordReset: the help desk replaced it.
	ReasonPasswordReset Reason = "password_reset"
	// ReasonPasswordMustChange: an operator wants another one.
	ReasonPasswordMustChange Reason = "password_must_change"
	// ReasonCompromised: it is known to be stolen.
	ReasonCompromised Reason = "password_compromised"
	// ReasonFactorChanged: the person removed or replaced a second factor.
	ReasonFactorChanged Reason = "factor_changed"
	// ReasonFactorReset: the help desk removed the second factors.
	ReasonFactorReset Reason = "factor_reset"
	// ReasonSuspended and ReasonClosed: the account was.
	ReasonSuspended Reason = "suspended"
	ReasonClosed    Reason = "closed"
	ReasonOperator  Reason = "operator"
	// ReasonNotStarted: the sign-in did not come to its end.
	ReasonNotStarted Reason = "not_started"
	ReasonConcurrent Reason = "concurrent_limit"
	// ReasonMembership: what gave the access, in an organization, is over.
	ReasonMembership Reason = "membership_ended"
	// ReasonRoles: the person was given other roles, by which policies go.
	ReasonRoles Reason = "roles_changed"
	// ReasonAgreementWithdrawn: what the person accepted was taken back.
	ReasonAgreementWithdrawn Reason = "agreement_withdrawn"
	// ReasonRefreshReuse: an old refresh token of the session was used.
	ReasonRefreshReuse Reason = "refresh_reuse"
)

// Reasons are all of them.
func Reasons() []Reason {
	return []Reason{
		ReasonLogout, ReasonIdle, ReasonAbsolute, ReasonReplaced, ReasonPasswordChanged, ReasonPasswordReset, ReasonPasswordMustChange, ReasonCompromised,
		ReasonFactorChanged, ReasonFactorReset, ReasonSuspended, ReasonClosed, ReasonOperator, ReasonNotStarted, ReasonConcurrent, ReasonMembership, ReasonRoles,
		ReasonAgreementWithdrawn, ReasonRefreshReuse,
	}
}

// Told says that a browser which comes back is told of the reason. The others are
// what its person has just done there.
func (r Reason) Told() bool {
	switch r {
	case ReasonLogout, ReasonReplaced, ReasonNotStarted:
		return false
	}
	return true
}

// actor is who ended a session for a reason.
func actor(record storage.Session, reason Reason) audit.Actor {
	if by := orderedBy(record); by.Actor.Type != "" {
		return by.Actor
	}
	switch reason {
	case ReasonLogout, ReasonReplaced, ReasonPasswordChanged, ReasonFactorChanged:
		return audit.Actor{Type: "person", ID: record.PersonID}
	case ReasonOperator, ReasonPasswordReset, ReasonPasswordMustChange, ReasonFactorReset, ReasonSuspended, ReasonClosed, ReasonRoles:
		return audit.Actor{Type: "operator"}
	}
	return audit.Actor{Type: "system"}
}
