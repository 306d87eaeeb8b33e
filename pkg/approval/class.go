package approval

// Class is a class of acts; policy asks a second person for all of one class or for none.
type Class string

// The classes.
const (
	// ClassRoles: who uses the admin API, as what.
	ClassRoles Class = "roles"
	// ClassSessions: signing out more than one person.
	ClassSessions Class = "sessions"
	// ClassKeys: the keys that sign tokens.
	ClassKeys Class = "keys"
	// ClassClients: how applications are registered, and their secrets.
	ClassClients Class = "clients"
	// ClassCredentials: binding an account to somebody anew.
	ClassCredentials Class = "credentials"
	// ClassAccounts: what cannot be taken back of an account or an organization, and who
	// acts for whom.
	ClassAccounts Class = "accounts"
	// ClassEvents: who outside is told of events.
	ClassEvents Class = "events"
)

// Classes returns all classes there are.
func Classes() []Class {
	return []Class{ClassRoles, ClassSessions, ClassKeys, ClassClients, ClassCredentials, ClassAccounts, ClassEvents}
}
