package event

import "github.com/claviger-id/claviger/pkg/audit"

// Kinds are the kinds of events that others can be told of. They have the names that
// they have in the audit log.
func Kinds() []string {
	var all []string
	for _, k := range []audit.Kind{
		audit.ApplicationSubmitted, audit.ApplicationRejected,
		audit.PersonApproved, audit.PersonSuspended, audit.PersonReinstated, audit.PersonClosed, audit.PersonRolesChanged, audit.PersonProfileChanged,
		audit.MembershipGranted, audit.MembershipEnded, audit.OrganizationClosed,
		audit.CredentialTemporaryIssued, audit.CredentialTemporaryReissued, audit.CredentialPersonalChosen, audit.CredentialReset,
		audit.CredentialForced, audit.CredentialDisabled,
		audit.FactorBound, audit.FactorRemoved, audit.FactorReset, audit.FactorSetAside, audit.FactorLimited,
		audit.SigninLimited, audit.SessionEnded,
		audit.AgreementAccepted, audit.AgreementDeclined, audit.AgreementWithdrawn,
		audit.GrantRefreshReused, audit.GrantCodeReused,
		audit.DelegationGranted, audit.DelegationEnded,
		audit.SubscriptionChanged, audit.SubscriptionRemoved,
	} {
		all = append(all, string(k))
	}
	return all
}
