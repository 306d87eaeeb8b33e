package access

import (
	"slices"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// The acts about delegations.
const (
	// Delegate lets somebody act for a person, EndDelegation ends that, and
	// ReadDelegations is to see who acts for a person and for whom the person acts.
	Delegate        Act = "delegate"
	EndDelegation   Act = "end_delegation"
	ReadDelegations Act = "read_delegations"
)

// Why a delegation is refused, besides ReasonOneself, ReasonEnd, ReasonStranger and
// ReasonPerson.
const (
	// ReasonAccount: one of the two accounts is not active.
	ReasonAccount = "not_active"
	// ReasonApplication: an application is not there, or not registered for acting.
	ReasonApplication = "not_registered"
	// ReasonPurpose: there is no such purpose.
	ReasonPurpose = "unknown_purpose"
	// ReasonGivenUp: the delegate once gave up acting for the principal.
	ReasonGivenUp = EndedGivenUp
	// ReasonOften: the caller has granted as many in a day as one can, or has named too
	// many people who are not there.
	ReasonOften = "too_often"
)

// The purposes of delegations: those for which information about patients may be
// used without asking them (45 CFR 164.506(c)).
const (
	PurposeTreatment  = "treatment"
	PurposePayment    = "payment"
	PurposeOperations = "operations"
)

// Purposes returns all purposes there are.
func Purposes() []string { return []string{PurposeTreatment, PurposePayment, PurposeOperations} }

// DelegationCase is what is to be decided about a delegation.
type DelegationCase struct {
	Act    Act
	Caller Caller
	// Principal is who is acted for, Delegate who acts.
	Principal, Delegate storage.Person
	// PrincipalIn and DelegateIn are the organizations to which they belong.
	PrincipalIn, DelegateIn []string
	// Clients are the applications that are named, as they are registered; one that
	// is not registered is zero.
	Clients []storage.Client
	Purpose string
	EndsAt  time.Time
	Now     time.Time
}

// DecideDelegation decides. It reads nothing but c.
func (r Rules) DecideDelegation(c DelegationCase) Verdict {
	if !concernsCaller(c) {
		return stranger
	}
	if c.Act != Delegate {
		return yes
	}
	if v := r.decideTerms(c); !v.Allowed {
		return v
	}
	switch {
	// Nobody acts for themselves, and nobody makes themselves somebody's delegate.
	case c.Principal.ID == c.Delegate.ID, c.Caller.PersonID != "" && c.Delegate.ID == c.Caller.PersonID:
		return no(ReasonOneself)
	case c.Delegate.State == storage.PersonActive:
		return yes
	case c.Caller.Operator:
		return no(ReasonAccount)
	}
	// To others, somebody whose account is not active does not exist.
	return no(ReasonPerson)
}

// decideTerms decides what does not depend on who is to act: before that one is looked
// up, so that refusals tell nobody who has an account.
func (r Rules) decideTerms(c DelegationCase) Verdict {
	switch {
	case c.Principal.State != storage.PersonActive:
		return no(ReasonAccount)
	case !slices.Contains(Purposes(), c.Purpose):
		return no(ReasonPurpose)
	case !c.EndsAt.After(c.Now), c.EndsAt.After(c.Now.Add(r.Longest)):
		return no(ReasonEnd)
	case len(c.Clients) == 0, slices.ContainsFunc(c.Clients, func(one storage.Client) bool { return one.ID == "" || !one.Acting }):
		return no(ReasonApplication)
	}
	return yes
}

// concernsCaller says that the caller has to do with a delegation at all: as an
// operator, as one of the two, or as the administrator of an organization to which both
// belong. Administrators grant none: who acts for somebody, that one says or an operator.
func concernsCaller(c DelegationCase) bool {
	switch {
	case c.Caller.Operator:
		return true
	case c.Caller.PersonID == "":
		return false
	case c.Principal.ID == c.Caller.PersonID:
		return true
	}
	switch c.Act {
	case EndDelegation:
		return c.Delegate.ID == c.Caller.PersonID || administersBoth(c)
	case ReadDelegations:
		return slices.ContainsFunc(c.PrincipalIn, func(o string) bool { return slices.Contains(c.Caller.Administers, o) })
	}
	return false
}

// administersBoth says that the caller is the administrator of one and the same
// organization to which both belong.
func administersBoth(c DelegationCase) bool {
	return slices.ContainsFunc(c.PrincipalIn, func(o string) bool {
		return slices.Contains(c.DelegateIn, o) && slices.Contains(c.Caller.Administers, o)
	})
}
