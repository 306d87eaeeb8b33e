package access

import (
	"regexp"
	"slices"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// Administrator is the role of who manages the staff of an organization. It is
// above every ceiling: operators alone give and take it.
const Administrator = "delegate_administrator"

// Act is something that somebody wants to do to an organization.
type Act string

// The acts.
const (
	// Create, Change and Close are about the organization itself.
	Create Act = "create"
	Change Act = "change"
	Close  Act = "close"
	// Read is to see the roster, or the organization.
	Read Act = "read"
	// Invite is to have an account made for somebody who has none.
	Invite Act = "invite"
	// Grant gives a person a role, Remove takes it.
	Grant  Act = "grant"
	Remove Act = "remove"
)

// Why something is refused.
const (
	// ReasonStranger: the caller has no business with the organization.
	ReasonStranger = "not_administrator"
	// ReasonOneself: nobody grants anything to themselves.
	ReasonOneself = "oneself"
	// ReasonCeiling: the role is above what the administrator may give or take.
	ReasonCeiling = "above_ceiling"
	// ReasonEnd: the end date is missing, past, or too far away.
	ReasonEnd = "end_date"
	// ReasonClosed: the organization is closed.
	ReasonClosed = "closed"
	// ReasonRole: there is no such role.
	ReasonRole = "unknown_role"
	// ReasonPerson: there is nobody of that User ID and name. Rules do not say so,
	// GrantNamed does.
	ReasonPerson = "unknown_person"
	// ReasonNeed and ReasonHas are mistakes and not recorded: no business need that
	// can be read, and a role that the person has already.
	ReasonNeed = "need"
	ReasonHas  = "has_it"
)

// Rules are what the configuration says.
type Rules struct {
	// Roles are the roles that there are, besides Administrator.
	Roles []string
	// Longest is the most that an administrator may grant a role for.
	Longest time.Duration
}

// Caller is who wants something.
type Caller struct {
	Operator bool
	// PersonID is a person who is signed in; empty for an operator.
	PersonID string
	// Administers are the organizations whose administrator the person is.
	Administers []string
}

// Case is what is to be decided.
type Case struct {
	Act    Act
	Caller Caller
	// Organization is what it is about; zero for Create, and where there is none.
	Organization storage.Organization
	// PersonID, Role and EndsAt are what is granted or removed.
	PersonID string
	Role     string
	EndsAt   time.Time
	Now      time.Time
}

// Verdict is a decision. The zero Verdict is no.
type Verdict struct {
	Allowed bool
	// Reason says why not.
	Reason string
	// Hidden says that the caller must not learn that the organization exists.
	Hidden bool
}

func no(reason string) Verdict { return Verdict{Reason: reason} }

var (
	yes      = Verdict{Allowed: true}
	stranger = Verdict{Reason: ReasonStranger, Hidden: true}
)

// Decide decides. It reads nothing but c.
func (r Rules) Decide(c Case) Verdict {
	v := r.whether(c)
	if !v.Allowed {
		return v
	}
	switch c.Act { // what holds for everybody
	case Change, Close, Invite, Grant:
		if c.Organization.State != storage.OrganizationActive {
			return no(ReasonClosed)
		}
	}
	if c.Act != Grant {
		return yes
	}
	switch {
	case c.Role != Administrator && !slices.Contains(r.Roles, c.Role):
		return no(ReasonRole)
	case !c.EndsAt.IsZero() && !c.EndsAt.After(c.Now):
		return no(ReasonEnd)
	}
	return yes
}

// whether says who may do what at all.
func (r Rules) whether(c Case) Verdict {
	switch {
	case c.Caller.Operator:
		return yes
	case c.Caller.PersonID == "" || c.Organization.ID == "":
		return stranger
	case c.Act == Remove && c.PersonID == c.Caller.PersonID:
		return yes // everybody may go
	case !slices.Contains(c.Caller.Administers, c.Organization.ID):
		return stranger
	}
	switch c.Act {
	case Read, Invite:
		return yes
	case Remove:
		if c.Role == Administrator {
			return no(ReasonCeiling)
		}
		return yes
	case Grant:
		switch {
		case c.PersonID == c.Caller.PersonID:
			return no(ReasonOneself)
		case c.Role == Administrator || !slices.Contains(c.Organization.Ceiling, c.Role):
			return no(ReasonCeiling)
		case c.EndsAt.IsZero() || c.EndsAt.After(c.Now.Add(r.Longest)):
			return no(ReasonEnd)
		}
		return yes
	}
	return no(ReasonCeiling) // Create, Change and Close are an operator's
}

var roleName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// ValidRole says that a word can be the name of a role.
func ValidRole(name string) bool { return roleName.MatchString(name) && name != Administrator }
