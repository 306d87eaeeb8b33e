package admin

import "github.com/claviger-id/claviger/pkg/approval"

// Role is what an operator may be.
type Role string

// The roles.
const (
	// RoleOperator runs the installation.
	RoleOperator Role = "operator"
	// RoleHelpDesk helps people to get in.
	RoleHelpDesk Role = "help_desk"
	// RoleSecurityOfficer ends access.
	RoleSecurityOfficer Role = "security_officer"
	// RoleAuditor reads.
	RoleAuditor Role = "auditor"
	// RoleApplicationOwner looks after applications.
	RoleApplicationOwner Role = "application_owner"
	// RoleDelegateAdministrator manages the staff of an organization.
	RoleDelegateAdministrator Role = "delegate_administrator"
	// RoleProvisioner brings accounts in line with an employer's directory. It is one
	// for applications.
	RoleProvisioner Role = "provisioner"
)

// Roles returns all roles there are.
func Roles() []Role {
	return []Role{RoleOperator, RoleHelpDesk, RoleSecurityOfficer, RoleAuditor, RoleApplicationOwner, RoleDelegateAdministrator, RoleProvisioner}
}

// Rule says who may do an operation: who has one of the roles, with a token that
// has the scope.
type Rule struct {
	Scope string
	Roles []Role
	// Own are roles that may where it is about an organization of the caller's own,
	// and to which others do not exist.
	Own []Role
	// Sensitive operations want people who signed in just now, and mostly a reason.
	Sensitive bool
	// Second is the class of acts that it is one of, where policy may ask a second
	// person for it. What ends the access of one person is in none: it cannot wait.
	Second approval.Class
	// Programs says that it is for applications alone, and that their tokens need not
	// be bound: the directories of employers send bearer tokens.
	Programs bool
}

// rules is the one table of who may do what, by operation. docs/admin-api.md
// shows it; a test tries every cell.
func rules() map[string]Rule {
	readers := []Role{RoleOperator, RoleHelpDesk, RoleSecurityOfficer, RoleAuditor}
	operators := []Role{RoleOperator}
	desk := []Role{RoleOperator, RoleHelpDesk}
	enders := []Role{RoleOperator, RoleSecurityOfficer}
	judges := []Role{RoleOperator, RoleSecurityOfficer, RoleAuditor}
	registrars := append([]Role{RoleApplicationOwner}, readers...)
	owners := []Role{RoleOperator, RoleApplicationOwner}
	// Of these, who may approve a request is who may do what it asks for: see MayApprove.
	deciders := []Role{RoleOperator, RoleHelpDesk, RoleSecurityOfficer, RoleApplicationOwner}
	delegates := []Role{RoleDelegateAdministrator}
	provisioners := []Role{RoleProvisioner}
	return map[string]Rule{
		"list-operators":   {Scope: ScopeOperatorsRead, Roles: judges},
		"appoint-operator": {Scope: ScopeOperatorsWrite, Roles: operators, Sensitive: true, Second: approval.ClassRoles},
		"dismiss-operator": {Scope: ScopeOperatorsWrite, Roles: operators, Sensitive: true, Second: approval.ClassRoles},

		"list-approvals":  {Scope: ScopeApprovalsRead, Roles: registrars},
		"show-approval":   {Scope: ScopeApprovalsRead, Roles: registrars},
		"approve-request": {Scope: ScopeApprovalsWrite, Roles: deciders, Sensitive: true},
		"reject-request":  {Scope: ScopeApprovalsWrite, Roles: deciders},

		"list-people":      {Scope: ScopePeopleRead, Roles: readers},
		"show-person":      {Scope: ScopePeopleRead, Roles: readers},
		"suspend-person":   {Scope: ScopePeopleWrite, Roles: []Role{RoleOperator, RoleHelpDesk, RoleSecurityOfficer}, Sensitive: true},
		"reinstate-person": {Scope: ScopePeopleWrite, Roles: enders, Sensitive: true, Second: approval.ClassAccounts},
		"close-person":     {Scope: ScopePeopleWrite, Roles: operators, Sensitive: true, Second: approval.ClassAccounts},

		"submit-enrolment":  {Scope: ScopeEnrolmentsWrite, Roles: desk},
		"list-enrolments":   {Scope: ScopeEnrolmentsRead, Roles: readers},
		"show-enrolment":    {Scope: ScopeEnrolmentsRead, Roles: readers},
		"approve-enrolment": {Scope: ScopeEnrolmentsWrite, Roles: operators},
		"reject-enrolment":  {Scope: ScopeEnrolmentsWrite, Roles: operators},

		"import-roster":      {Scope: ScopeEnrolmentsWrite, Roles: operators, Sensitive: true},
		"list-jobs":          {Scope: ScopeJobsRead, Roles: readers},
		"show-job":           {Scope: ScopeJobsRead, Roles: readers},
		"cancel-job":         {Scope: ScopeJobsWrite, Roles: operators},
		"list-rejected-rows": {Scope: ScopeJobsRead, Roles: readers},

		"issue-temporary-password": {Scope: ScopeCredentialsWrite, Roles: desk, Sensitive: true, Second: approval.ClassCredentials},
		"reset-password":           {Scope: ScopeCredentialsWrite, Roles: desk, Sensitive: true, Second: approval.ClassCredentials},
		"list-factors":             {Scope: ScopeCredentialsRead, Roles: readers},
		"revoke-factor":            {Scope: ScopeCredentialsWrite, Roles: []Role{RoleOperator, RoleHelpDesk, RoleSecurityOfficer}, Sensitive: true},
		"reset-factors":            {Scope: ScopeCredentialsWrite, Roles: desk, Sensitive: true, Second: approval.ClassCredentials},

		"create-organization": {Scope: ScopeOrganizationsWrite, Roles: operators},
		"list-organizations":  {Scope: ScopeOrganizationsRead, Roles: readers},
		"show-organization":   {Scope: ScopeOrganizationsRead, Roles: readers, Own: delegates},
		"change-organization": {Scope: ScopeOrganizationsWrite, Roles: operators},
		"close-organization":  {Scope: ScopeOrganizationsWrite, Roles: operators, Sensitive: true, Second: approval.ClassAccounts},
		"list-members":        {Scope: ScopeMembershipsRead, Roles: readers, Own: delegates},
		"add-member":          {Scope: ScopeMembershipsWrite, Roles: operators, Own: delegates},
		"remove-member":       {Scope: ScopeMembershipsWrite, Roles: enders, Own: delegates},

		"list-delegations": {Scope: ScopeDelegationsRead, Roles: readers, Own: delegates},
		"grant-delegation": {Scope: ScopeDelegationsWrite, Roles: operators, Sensitive: true, Second: approval.ClassAccounts},
		"end-delegation":   {Scope: ScopeDelegationsWrite, Roles: enders, Own: delegates},

		"list-sessions":             {Scope: ScopeSessionsRead, Roles: readers},
		"end-person-sessions":       {Scope: ScopeSessionsWrite, Roles: []Role{RoleOperator, RoleHelpDesk, RoleSecurityOfficer}, Sensitive: true},
		"end-organization-sessions": {Scope: ScopeSessionsWrite, Roles: enders, Sensitive: true, Second: approval.ClassSessions},
		"end-client-sessions":       {Scope: ScopeSessionsWrite, Roles: enders, Sensitive: true, Second: approval.ClassSessions},
		"end-all-sessions":          {Scope: ScopeSessionsWrite, Roles: enders, Sensitive: true, Second: approval.ClassSessions},

		"list-clients":         {Scope: ScopeClientsRead, Roles: registrars},
		"show-client":          {Scope: ScopeClientsRead, Roles: registrars},
		"register-client":      {Scope: ScopeClientsWrite, Roles: owners, Sensitive: true, Second: approval.ClassClients},
		"change-client":        {Scope: ScopeClientsWrite, Roles: owners, Sensitive: true, Second: approval.ClassClients},
		"rotate-client-secret": {Scope: ScopeClientsWrite, Roles: owners, Sensitive: true, Second: approval.ClassClients},
		"remove-client":        {Scope: ScopeClientsWrite, Roles: owners, Sensitive: true, Second: approval.ClassClients},

		"list-keys":  {Scope: ScopeKeysRead, Roles: append(judges, RoleApplicationOwner)},
		"rotate-key": {Scope: ScopeKeysWrite, Roles: enders, Sensitive: true, Second: approval.ClassKeys},
		"remove-key": {Scope: ScopeKeysWrite, Roles: enders, Sensitive: true, Second: approval.ClassKeys},

		"list-authorizations":    {Scope: ScopeAuthorizationsRead, Roles: readers},
		"withdraw-authorization": {Scope: ScopeAuthorizationsEnd, Roles: []Role{RoleOperator, RoleHelpDesk, RoleSecurityOfficer}, Sensitive: true},

		"list-agreements":      {Scope: ScopeAgreementsRead, Roles: readers},
		"show-agreement":       {Scope: ScopeAgreementsRead, Roles: readers},
		"publish-agreement":    {Scope: ScopeAgreementsWrite, Roles: operators, Sensitive: true},
		"list-unaccepted":      {Scope: ScopeAgreementsRead, Roles: readers},
		"list-acceptances":     {Scope: ScopeAgreementsRead, Roles: readers},
		"withdraw-acceptances": {Scope: ScopeAgreementsWrite, Roles: enders, Sensitive: true},

		"list-logouts":             {Scope: ScopeLogoutsRead, Roles: registrars},
		"redeliver-logout":         {Scope: ScopeLogoutsWrite, Roles: owners},
		"redeliver-client-logouts": {Scope: ScopeLogoutsWrite, Roles: owners},

		"list-mails":  {Scope: ScopeMailRead, Roles: readers},
		"note-bounce": {Scope: ScopeMailWrite, Roles: desk},

		"show-policies": {Scope: ScopeInstallationRead, Roles: registrars},
		"show-health":   {Scope: ScopeInstallationRead, Roles: registrars},
		"list-findings": {Scope: ScopeInstallationRead, Roles: judges},

		"list-subscriptions":         {Scope: ScopeEventsRead, Roles: judges},
		"create-subscription":        {Scope: ScopeEventsWrite, Roles: operators, Sensitive: true, Second: approval.ClassEvents},
		"change-subscription":        {Scope: ScopeEventsWrite, Roles: operators, Sensitive: true, Second: approval.ClassEvents},
		"rotate-subscription-secret": {Scope: ScopeEventsWrite, Roles: operators, Sensitive: true, Second: approval.ClassEvents},
		"remove-subscription":        {Scope: ScopeEventsWrite, Roles: operators, Sensitive: true, Second: approval.ClassEvents},
		"list-deliveries":            {Scope: ScopeEventsRead, Roles: judges},
		"redeliver-event":            {Scope: ScopeEventsWrite, Roles: operators},

		"scim-read-users":   {Scope: ScopeSCIMRead, Roles: provisioners, Programs: true},
		"scim-write-users":  {Scope: ScopeSCIMWrite, Roles: provisioners, Programs: true},
		"scim-read-groups":  {Scope: ScopeSCIMRead, Roles: provisioners, Programs: true},
		"scim-write-groups": {Scope: ScopeSCIMWrite, Roles: provisioners, Programs: true},
		"scim-bulk":         {Scope: ScopeSCIMWrite, Roles: provisioners, Programs: true},

		"list-audit-events":   {Scope: ScopeAuditRead, Roles: judges},
		"export-audit-events": {Scope: ScopeAuditRead, Roles: judges},
	}
}
