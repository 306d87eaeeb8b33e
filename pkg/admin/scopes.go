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
	ScopeSessionsRead       = "admin:sessions.read"
	ScopeSessionsWrite      = "admin:sessions.write"
	ScopeAuditRead          = "admin:audit.read"
	ScopeJobsRead           = "admin:jobs.read"
	ScopeJobsWrite          = "admin:jobs.write"
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
		ScopeSessionsRead:       "Read where people are signed in",
		ScopeSessionsWrite:      "Sign people out",
		ScopeAuditRead:          "Read and export the audit log",
		ScopeJobsRead:           "See how far long work has come",
		ScopeJobsWrite:          "Stop long work",
	}
}
