package config

import "slices"

// Factors says who needs more than a password.
type Factors struct {
	// Required is the class that everybody has to reach: password, mfa or
	// phishing-resistant.
	Required string `toml:"required"`
	// Roles says what holds for people with a role instead. Who has several has the
	// strictest.
	Roles map[string]string `toml:"roles"`
}

// FactorClasses are the classes, the weakest first.
func FactorClasses() []string { return []string{"password", "mfa", "phishing-resistant"} }

// Of is the class that somebody with these roles has to reach.
func (f Factors) Of(roles []string) string {
	strictest := -1
	for _, role := range roles {
		if class, ok := f.Roles[role]; ok {
			strictest = max(strictest, slices.Index(FactorClasses(), class))
		}
	}
	if strictest < 0 {
		return f.Required
	}
	return FactorClasses()[strictest]
}

// Strictest is the class that somebody, whoever it is, may have to reach.
func (f Factors) Strictest() string {
	strictest := slices.Index(FactorClasses(), f.Required)
	for _, class := range f.Roles {
		strictest = max(strictest, slices.Index(FactorClasses(), class))
	}
	return FactorClasses()[max(strictest, 0)]
}

func (c Config) factors(k *check) {
	known := func(at, class string) {
		k.that(slices.Contains(FactorClasses(), class), "%s: %q is none of password, mfa, phishing-resistant", at, class)
	}
	known("factors.required", c.Factors.Required)
	for role, class := range c.Factors.Roles {
		k.role("factors.roles", role)
		known("factors.roles."+role, class)
	}
}
