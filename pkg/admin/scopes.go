package admin

// The scopes.
const (
	ScopePeopleRead         = "admin:people.read"
	ScopePeopleWrite        = "admin:people.write"
	ScopeEnrolmentsRead     = "admin:enrolments.read"
	ScopeEnrolmentsWrite    = "admin:enrolments.write"
	ScopeCredentialsRead    = "admin:credentials.read"
	ScopeCredentialsWrite   = "admin:credentials.write"
	ScopeOrganizationsRead  = "admin:organizations.read"
	ScopeOrganizationsWrite = "admin:organizations.write"
	ScopeMembershipsRead    = "admin:memberships.read"
	ScopeMembershipsWrite   = "admin:memberships.write"
	ScopeDelegationsRead    = "admin:delegations.read"
	ScopeDelegationsWrite   = "admin:delegations.write"
	ScopeSessionsRead       = "admin:sessions.read"
	ScopeSessionsWrite      = "admin:sessions.write"
	ScopeClientsRead        = "admin:clients.read"
	ScopeClientsWrite       = "admin:clients.write"
	ScopeKeysRead           = "admin:keys.read"
	ScopeKeysWrite          = "admin:keys.write"
	ScopeAuthorizationsRead = "admin:authorizations.read"
	ScopeAuthorizationsEnd  = "admin:authorizations.write"
	ScopeAgreementsRead     = "admin:agreements.read"
	ScopeAgreementsWrite    = "admin:agreements.write"
	ScopeLogoutsRead        = "admin:logouts.read"
	ScopeLogoutsWrite       = "admin:logouts.write"
	ScopeMailRead           = "admin:mail.read"
	ScopeMailWrite          = "admin:mail.write"
	ScopeInstallationRead   = "admin:installation.read"
	ScopeAuditRead          = "admin:audit.read"
	ScopeJobsRead           = "admin:jobs.read"
	ScopeJobsWrite          = "admin:jobs.write"
	ScopeEventsRead         = "admin:events.read"
	ScopeEventsWrite        = "admin:events.write"
	ScopeOperatorsRead      = "admin:operators.read"
	ScopeOperatorsWrite     = "admin:operators.write"
	ScopeApprovalsRead      = "admin:approvals.read"
	ScopeApprovalsWrite     = "admin:approvals.write"
	ScopeSCIMRead           = "admin:scim.read"
	ScopeSCIMWrite          = "admin:scim.write"
)

// Scopes returns all scopes there are, with what they stand for.
func Scopes() map[string]string {
	return map[string]string{
		ScopePeopleRead:         "Read accounts",
		ScopePeopleWrite:        "Suspend, reinstate and close accounts",
		ScopeEnrolmentsRead:     "Read applications for accounts",
		ScopeEnrolmentsWrite:    "Hand in applications for accounts and decide them",
		ScopeCredentialsRead:    "Read which second factors people have",
		ScopeCredentialsWrite:   "Have temporary passwords sent, remove second factors",
		ScopeOrganizationsRead:  "Read organizations",
		ScopeOrganizationsWrite: "Create, change and close organizations",
		ScopeMembershipsRead:    "Read who belongs to organizations",
		ScopeMembershipsWrite:   "Give and take roles in organizations",
		ScopeDelegationsRead:    "Read who may act for whom",
		ScopeDelegationsWrite:   "Let people act for others, and end it",
		ScopeSessionsRead:       "Read where people are signed in",
		ScopeSessionsWrite:      "Sign people out",
		ScopeClientsRead:        "Read how applications are registered",
		ScopeClientsWrite:       "Register, change and remove applications, give them secrets",
		ScopeKeysRead:           "Read which keys sign tokens",
		ScopeKeysWrite:          "Announce and take away keys that sign tokens",
		ScopeAuthorizationsRead: "Read what applications may read of people",
		ScopeAuthorizationsEnd:  "End what applications may read of people",
		ScopeAgreementsRead:     "Read the Use Agreement, and who has accepted it",
		ScopeAgreementsWrite:    "Publish the Use Agreement, take acceptances back",
		ScopeLogoutsRead:        "Read which applications were told of the end of sessions",
		ScopeLogoutsWrite:       "Have applications told again of the end of sessions",
		ScopeMailRead:           "Read what was mailed to whom, without what it said",
		ScopeMailWrite:          "Note that mails came back",
		ScopeInstallationRead:   "Read the rules in force, and how the installation is",
		ScopeAuditRead:          "Read and export the audit log",
		ScopeJobsRead:           "See how far long work has come",
		ScopeJobsWrite:          "Stop long work",
		ScopeEventsRead:         "See who is told of events",
		ScopeEventsWrite:        "Say who is told of events",
		ScopeOperatorsRead:      "See who may use this API, as what",
		ScopeOperatorsWrite:     "Say who may use this API, as what",
		ScopeApprovalsRead:      "See what waits for a second person",
		ScopeApprovalsWrite:     "Be the second person",
		ScopeSCIMRead:           "Read accounts and roles as a provisioning client",
		ScopeSCIMWrite:          "Make, change and end accounts and roles as a provisioning client",
	}
}
