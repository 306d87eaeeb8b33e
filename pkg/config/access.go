package config

import "slices"

func (c Config) access(k *check) {
	k.that(len(c.Access.Roles) <= 100, "access.roles: more than 100")
	for i, r := range c.Access.Roles {
		k.role("access.roles", r)
		k.that(r != administrator, "access.roles: delegate_administrator is there in any case")
		k.that(!slices.Contains(c.Access.Roles[:i], r), "access.roles: %q is listed twice", r)
	}
	k.that(c.Access.LongestDays >= 1 && c.Access.LongestDays <= 1100, "access.longest_days: %d is not between 1 and 1100", c.Access.LongestDays)
}
