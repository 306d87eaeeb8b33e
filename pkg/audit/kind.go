package audit

// Kind names what happened: noun.past_participle. docs/audit-events.md has a
// row for each.
type Kind string

// The kinds of event.
const (
	InstallationCreated  Kind = "installation.created"
	InstallationMigrated Kind = "installation.migrated"

	ImportSubmitted Kind = "import.submitted"
	ImportDenied    Kind = "import.denied"
	ImportStarted   Kind = "import.started"
	ImportResumed   Kind = "import.resumed"
	ImportFinished  Kind = "import.finished"
	PersonApproved  Kind = "person.approved"

	ApplicationSubmitted Kind = "application.submitted"
	ApplicationRejected  Kind = "application.rejected"
	ApplicationDenied    Kind = "application.denied"
	ApplicationRead      Kind = "application.read"

	PersonSuspended    Kind = "person.suspended"
	PersonReinstated   Kind = "person.reinstated"
	PersonClosed       Kind = "person.closed"
	PersonRead         Kind = "person.read"
	PersonListed       Kind = "person.listed"
	PersonRolesChanged Kind = "person.roles_changed"
	// PersonProfileChanged: what is known of somebody was changed.
	PersonProfileChanged Kind = "person.profile_changed"

	CredentialTemporaryIssued   Kind = "credential.temporary_issued"
	CredentialTemporaryReissued Kind = "credential.temporary_reissued"
	CredentialPersonalChosen    Kind = "credential.personal_chosen"
	CredentialImported          Kind = "credential.imported"
	CredentialRehashed          Kind = "credential.rehashed"
	CredentialResealed          Kind = "credential.resealed"
	CredentialReset             Kind = "credential.reset"
	CredentialForced            Kind = "credential.forced"
	CredentialPostponed         Kind = "credential.postponed"
	CredentialDisabled          Kind = "credential.disabled"
	CredentialCheckFailed       Kind = "credential.check_failed"

	FactorBound       Kind = "factor.bound"
	FactorRenamed     Kind = "factor.renamed"
	FactorRemoved     Kind = "factor.removed"
	FactorReset       Kind = "factor.reset"
	FactorSetAside    Kind = "factor.set_aside"
	FactorCodesIssued Kind = "factor.codes_issued"
	FactorVerified    Kind = "factor.verified"
	FactorFailed      Kind = "factor.failed"
	FactorLimited     Kind = "factor.limited"

	SigninSucceeded Kind = "signin.succeeded"
	SigninFailed    Kind = "signin.failed"
	SigninLimited   Kind = "signin.limited"

	SessionCreated    Kind = "session.created"
	SessionRenewed    Kind = "session.renewed"
	SessionEnded      Kind = "session.ended"
	SessionRead       Kind = "session.read"
	SessionEndOrdered Kind = "session.end_ordered"

	AgreementPublished Kind = "agreement.published"
	AgreementAccepted  Kind = "agreement.accepted"
	AgreementDeclined  Kind = "agreement.declined"
	AgreementPostponed Kind = "agreement.postponed"
	AgreementWithdrawn Kind = "agreement.withdrawn"
	AgreementReported  Kind = "agreement.reported"

	ConsentGiven     Kind = "consent.given"
	ConsentWithdrawn Kind = "consent.withdrawn"

	GrantCreated       Kind = "grant.created"
	GrantRefreshed     Kind = "grant.refreshed"
	GrantRefreshReused Kind = "grant.refresh_reused"
	GrantCodeReused    Kind = "grant.code_reused"
	GrantEnded         Kind = "grant.ended"
	TokenDenied        Kind = "token.denied"
	UserinfoRead       Kind = "userinfo.read"

	RecoveryRequested  Kind = "recovery.requested"
	RecoveryLimited    Kind = "recovery.limited"
	RecoveryAnswered   Kind = "recovery.answered"
	RecoveryRefused    Kind = "recovery.refused"
	LinkUsed           Kind = "link.used"
	MailSent           Kind = "mail.sent"
	MailUndelivered    Kind = "mail.undelivered"
	MailBounced        Kind = "mail.bounced"
	MailRead           Kind = "mail.read"
	WebhookSent        Kind = "webhook.sent"
	WebhookUndelivered Kind = "webhook.undelivered"
	AddressesChanged   Kind = "person.addresses_changed"

	SubscriptionCreated Kind = "subscription.created"
	SubscriptionChanged Kind = "subscription.changed"
	SubscriptionRemoved Kind = "subscription.removed"
	SubscriptionRead    Kind = "subscription.read"
	EventUndelivered    Kind = "event.undelivered"

	JobSubmitted Kind = "job.submitted"
	JobCancelled Kind = "job.cancelled"
	JobRead      Kind = "job.read"

	// Requests for a second person.
	ApprovalRequested Kind = "approval.requested"
	ApprovalGiven     Kind = "approval.given"
	ApprovalRejected  Kind = "approval.rejected"
	ApprovalUsed      Kind = "approval.used"
	ApprovalExpired   Kind = "approval.expired"
	ApprovalWaived    Kind = "approval.waived"
	ApprovalRead      Kind = "approval.read"

	AuditRead     Kind = "audit.read"
	AuditExported Kind = "audit.exported"

	OperatorAppointed Kind = "operator.appointed"
	OperatorDismissed Kind = "operator.dismissed"
	OperatorRead      Kind = "operator.read"
	OperatorDenied    Kind = "operator.denied"
	OperatorReplayed  Kind = "operator.replayed"

	LogoutDelivered Kind = "logout.delivered"
	LogoutAbandoned Kind = "logout.abandoned"
	LogoutOrdered   Kind = "logout.ordered"
	LogoutRead      Kind = "logout.read"

	KeyCreated       Kind = "key.created"
	KeyRetired       Kind = "key.retired"
	RootChanged      Kind = "key.root_changed"
	VerifierKeyBegun Kind = "key.verifier_begun"

	ClientRegistered Kind = "client.registered"
	ClientUpdated    Kind = "client.updated"
	ClientRemoved    Kind = "client.removed"

	InitialTokenIssued  Kind = "initial_token.issued"
	InitialTokenUsed    Kind = "initial_token.used"
	InitialTokenRevoked Kind = "initial_token.revoked"
	RegistrationDenied  Kind = "registration.denied"

	OrganizationCreated Kind = "organization.created"
	OrganizationChanged Kind = "organization.changed"
	OrganizationClosed  Kind = "organization.closed"
	MembershipGranted   Kind = "membership.granted"
	MembershipEnded     Kind = "membership.ended"
	MembershipRead      Kind = "membership.read"
	DelegationGranted   Kind = "delegation.granted"
	DelegationEnded     Kind = "delegation.ended"
	DelegationUsed      Kind = "delegation.used"
	DelegationRead      Kind = "delegation.read"
	AccessDenied        Kind = "access.denied"
)

// Kinds returns all kinds there are.
func Kinds() []Kind {
	return []Kind{
		InstallationCreated, InstallationMigrated,
		ImportSubmitted, ImportDenied, ImportStarted, ImportResumed, ImportFinished, PersonApproved,
		ApplicationSubmitted, ApplicationRejected, ApplicationDenied, ApplicationRead,
		PersonSuspended, PersonReinstated, PersonClosed, PersonRead, PersonListed, PersonRolesChanged, PersonProfileChanged,
		CredentialTemporaryIssued, CredentialTemporaryReissued, CredentialPersonalChosen, CredentialImported, CredentialRehashed, CredentialResealed,
		CredentialReset, CredentialForced, CredentialPostponed, CredentialDisabled, CredentialCheckFailed,
		FactorBound, FactorRenamed, FactorRemoved, FactorReset, FactorSetAside, FactorCodesIssued, FactorVerified, FactorFailed, FactorLimited,
		SigninSucceeded, SigninFailed, SigninLimited,
		SessionCreated, SessionRenewed, SessionEnded, SessionRead, SessionEndOrdered,
		AgreementPublished, AgreementAccepted, AgreementDeclined, AgreementPostponed, AgreementWithdrawn, AgreementReported,
		ConsentGiven, ConsentWithdrawn,
		GrantCreated, GrantRefreshed, GrantRefreshReused, GrantCodeReused, GrantEnded, TokenDenied, UserinfoRead,
		RecoveryRequested, RecoveryLimited, RecoveryAnswered, RecoveryRefused, LinkUsed,
		MailSent, MailUndelivered, MailBounced, MailRead, WebhookSent, WebhookUndelivered, AddressesChanged,
		LogoutDelivered, LogoutAbandoned, LogoutOrdered, LogoutRead,
		SubscriptionCreated, SubscriptionChanged, SubscriptionRemoved, SubscriptionRead, EventUndelivered,
		JobSubmitted, JobCancelled, JobRead,
		ApprovalRequested, ApprovalGiven, ApprovalRejected, ApprovalUsed, ApprovalExpired, ApprovalWaived, ApprovalRead,
		AuditRead, AuditExported,
		OperatorAppointed, OperatorDismissed, OperatorRead, OperatorDenied, OperatorReplayed,
		KeyCreated, KeyRetired, RootChanged, VerifierKeyBegun,
		ClientRegistered, ClientUpdated, ClientRemoved,
		InitialTokenIssued, InitialTokenUsed, InitialTokenRevoked, RegistrationDenied,
		OrganizationCreated, OrganizationChanged, OrganizationClosed, MembershipGranted, MembershipEnded, MembershipRead, AccessDenied,
		DelegationGranted, DelegationEnded, DelegationUsed, DelegationRead,
	}
}
