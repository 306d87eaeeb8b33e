package admin

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
)

// Roles returns all roles there are.
func Roles() []Role {
	return []Role{RoleOperator, RoleHelpDesk, RoleSecurityOfficer, RoleAuditor, RoleApplicationOwner, RoleDelegateAdministrator}
}

// The scopes.
const (
	ScopePeopleRead  = "admin:people.read"
	ScopePeopleWrite = "admin:people.write"
)

// Scopes returns all scopes there are, with what they stand for.
func Scopes() map[string]string {
	return map[string]string{
		ScopePeopleRead:  "Read accounts",
		ScopePeopleWrite: "Suspend, reinstate and close accounts",
	}
}

// Rule says who may do an operation: who has one of the roles, with a token that
// has the scope.
type Rule struct {
	Scope string
	Roles []Role
	// Sensitive operations want a reason, and people who signed in just now.
	Sensitive bool
}

// rules is the one table of who may do what, by operation. docs/admin-api.md
// shows it; a test tries every cell.
func rules() map[string]Rule {
	readers := []Role{RoleOperator, RoleHelpDesk, RoleSecurityOfficer, RoleAuditor}
	return map[string]Rule{
		"list-people":      {Scope: ScopePeopleRead, Roles: readers},
		"show-person":      {Scope: ScopePeopleRead, Roles: readers},
		"suspend-person":   {Scope: ScopePeopleWrite, Roles: []Role{RoleOperator, RoleHelpDesk, RoleSecurityOfficer}, Sensitive: true},
		"reinstate-person": {Scope: ScopePeopleWrite, Roles: []Role{RoleOperator, RoleSecurityOfficer}, Sensitive: true},
		"close-person":     {Scope: ScopePeopleWrite, Roles: []Role{RoleOperator}, Sensitive: true},
	}
}
