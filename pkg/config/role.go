package config

import (
	"maps"
	"regexp"
	"slices"
)

var roleName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// administrator is the role that only an organization gives.
const administrator = "delegate_administrator"

// operatorRole is in the policies that hold without a file.
const operatorRole = "admin"

// everyone is the audience of an agreement that is no role.
const everyone = "everyone"

// Roles returns the roles that the configuration knows and that somebody can be
// given as a person, sorted: those of organizations, and those that a policy goes
// by.
func (c Config) Roles() []string {
	all := slices.Clone(c.Access.Roles)
	all = slices.AppendSeq(all, maps.Keys(c.Session.Roles))
	all = slices.AppendSeq(all, maps.Keys(c.Password.Rotation.Roles))
	all = slices.AppendSeq(all, maps.Keys(c.Factors.Roles))
	for _, d := range c.Agreement.Documents {
		all = append(all, d.Audience)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(r string) bool { return r == administrator || r == everyone })
}

// OnlyInPolicies returns the roles that a policy goes by and access.roles does not list,
// sorted. They may be meant so, for people whom a roster gives them; a role that is
// misspelt is among them, and its policy holds for nobody.
func (c Config) OnlyInPolicies() []string {
	return slices.DeleteFunc(c.Roles(), func(r string) bool { return r == operatorRole || slices.Contains(c.Access.Roles, r) })
}

// KnowsRole says whether somebody can have a role by this configuration.
func (c Config) KnowsRole(name string) bool {
	return name == administrator || slices.Contains(c.Roles(), name)
}

// role refuses what nobody could be given: a policy for it would hold for nobody.
func (k *check) role(at, name string) {
	k.that(roleName.MatchString(name), "%s: %q is not a word of small letters, digits and underscores", at, name)
}
