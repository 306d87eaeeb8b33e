package enroll

import "github.com/claviger-id/claviger/storage"

// State is where somebody stands between the application for an account and
// its end: the state of an application until it is approved, that of the person
// from then on.
type State string

// The states.
const (
	Submitted        = State(storage.ApplicationSubmitted)
	Rejected         = State(storage.ApplicationRejected)
	Approved         = State(storage.PersonApproved)
	CredentialIssued = State(storage.PersonCredentialIssued)
	Active           = State(storage.PersonActive)
	Suspended        = State(storage.PersonSuspended)
	Closed           = State(storage.PersonClosed)
)

// Act is what moves somebody from one state to another.
type Act string

// The acts.
const (
	// Approve makes an account of an application.
	Approve Act = "approve"
	// Reject ends an application.
	Reject Act = "reject"
	// Issue draws a temporary password, a first or another one.
	Issue Act = "issue"
	// Activate is the person's own: a personal password was chosen.
	Activate Act = "activate"
	// Suspend refuses sign-in until somebody decides.
	Suspend Act = "suspend"
	// Reinstate ends a suspension.
	Reinstate Act = "reinstate"
	// Close ends an account for good.
	Close Act = "close"
)

// Next returns the state that an act leads to, and false where the act is not
// one for that state. A reinstated account is approved here; what it really
// becomes depends on the password that it has, see Rest.
func Next(from State, act Act) (State, bool) {
	switch act {
	case Approve:
		return Approved, from == Submitted
	case Reject:
		return Rejected, from == Submitted
	case Issue:
		return CredentialIssued, from == Approved || from == CredentialIssued || from == Active
	case Activate:
		return Active, from == CredentialIssued || from == Active
	case Suspend:
		return Suspended, from == Approved || from == CredentialIssued || from == Active
	case Reinstate:
		return Approved, from == Suspended
	case Close:
		return Closed, from == Approved || from == CredentialIssued || from == Active || from == Suspended
	}
	return from, false
}

// Rest is the state of an account that nothing stands against, by the kind of
// its password; empty when it has none.
func Rest(kind storage.PasswordKind) State {
	switch kind {
	case storage.PasswordPersonal:
		return Active
	case storage.PasswordTemporary:
		return CredentialIssued
	}
	return Approved
}
