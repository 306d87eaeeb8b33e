package config

import (
	"fmt"
	"time"
)

// Agreement is what people have to accept; docs/agreements.md says how.
type Agreement struct {
	// Documents are its texts; none: nobody is asked anything.
	Documents []AgreementDocument `toml:"documents"`
}

// AgreementDocument is one version for an audience, in one language.
type AgreementDocument struct {
	// Audience is a role, or everyone.
	Audience string `toml:"audience"`
	Version  string `toml:"version"`
	// Language is a tag such as en.
	Language string `toml:"language"`
	// File is the text, in Markdown.
	File string `toml:"file"`
	// Effective is when it begins to be asked for: a date, which begins in UTC, or a
	// time of RFC 3339.
	Effective string `toml:"effective"`
	// Grace is how long from then it may be put off.
	Grace Duration `toml:"grace"`
}

// From is the moment that Effective says; false where it says none.
func (d AgreementDocument) From() (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, d.Effective); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

func (c Config) agreement(k *check) {
	type name struct{ audience, version, language string }
	seen := map[name]bool{}
	for i, d := range c.Agreement.Documents {
		k.that(d.Audience != "" && d.Version != "" && d.Language != "" && d.File != "",
			"agreement.documents[%d]: needs audience, version, language and file", i)
		if d.Audience != "" {
			k.role(fmt.Sprintf("agreement.documents[%d].audience", i), d.Audience)
		}
		_, ok := d.From()
		k.that(ok, "agreement.documents[%d].effective: %q is neither a date, such as 2027-01-31, nor a time of RFC 3339", i, d.Effective)
		k.that(d.Grace.bad == "" && d.Grace.Duration >= 0, "agreement.documents[%d].grace: must be a time such as 720h", i)
		n := name{d.Audience, d.Version, d.Language}
		k.that(!seen[n], "agreement.documents[%d]: the version %q for %q stands there twice in %q", i, d.Version, d.Audience, d.Language)
		seen[n] = true
		for _, other := range c.Agreement.Documents[:i] {
			if other.Audience != d.Audience {
				continue
			}
			from, _ := d.From()
			begins, _ := other.From()
			if other.Version == d.Version {
				k.that(from.Equal(begins) && other.Grace == d.Grace, "agreement.documents[%d]: the version %q for %q has another time of effect, or another grace period, in %q", i, d.Version, d.Audience, other.Language)
			} else {
				k.that(!from.Equal(begins) || from.IsZero(), "agreement.documents[%d]: the versions %q and %q for %q are in effect from the same moment", i, other.Version, d.Version, d.Audience)
			}
		}
	}
}
