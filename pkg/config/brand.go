package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/pkg/brand"
)

// maxBrands is for how many applications there can be brands.
const maxBrands = 100

// Brand is what people see.
type Brand struct {
	// Name is the organisation's name on the pages and letters.
	Name string `toml:"name"`
	// Help is one line that says whom to call, on pages, in letters and in mails of
	// every language for which there is no line of its own.
	Help string `toml:"help"`
	// HelpES is the line where Spanish is spoken; empty means Help.
	HelpES string `toml:"help_es"`
	// Language is spoken on pages where neither the person, the application nor
	// the browser asks for another one, and in letters and mails to who is not known
	// to speak another one: en or es.
	Language string `toml:"language"`
	Look
	// Applications are the brands of single applications, by their client
	// identifiers: what the pages of a sign-in to one of them show in the place of
	// what stands above.
	Applications map[string]ApplicationBrand `toml:"applications"`
}

// ApplicationBrand is what one application has of its own; what is empty is as
// everywhere else.
type ApplicationBrand struct {
	// Name is the name on the pages.
	Name string `toml:"name"`
	// Help and HelpES are the line that says whom to call; HelpES alone means
	// nothing.
	Help   string `toml:"help"`
	HelpES string `toml:"help_es"`
	Look
}

// Look is what a brand looks like.
type Look struct {
	// Logo is an SVG or PNG file of at most 12 KiB, shown in the place of the key;
	// empty means the key.
	Logo string `toml:"logo"`
	// LogoHasName says that the logo shows the name, which then is not written beside
	// it.
	LogoHasName bool `toml:"logo_has_name"`
	// Light and Dark are the colors in either scheme. People have to be able to read
	// what they make (WCAG 2.2 AA).
	Light brand.Colors `toml:"light"`
	Dark  brand.Colors `toml:"dark"`
}

func (c Config) brand(k *check) {
	b := c.Brand
	k.that(b.Name != "" && len(b.Name) <= 80, "brand.name: 1 to 80 bytes")
	k.that(slices.Contains([]string{"en", "es"}, b.Language), "brand.language: %q is none of en, es", b.Language)
	k.that(len(b.Help) <= 300, "brand.help: at most 300 bytes")
	k.that(len(b.HelpES) <= 300, "brand.help_es: at most 300 bytes")
	b.check(k, "brand", Look{})
	k.that(len(b.Applications) <= maxBrands, "brand.applications: more than %d", maxBrands)
	for _, id := range slices.Sorted(maps.Keys(b.Applications)) {
		own, at := b.Applications[id], "brand.applications."+id
		k.that(id != "" && len(id) <= 256 && !strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r > '~' }), "%s: is no client identifier", at)
		k.that(len(own.Name) <= 80, "%s.name: at most 80 bytes", at)
		k.that(len(own.Help) <= 300, "%s.help: at most 300 bytes", at)
		k.that(len(own.HelpES) <= 300, "%s.help_es: at most 300 bytes", at)
		k.that(own.HelpES == "" || own.Help != "", "%s.help_es: needs help, which all other languages show", at)
		own.check(k, at, b.Look)
	}
}

// check looks at the colors as they are shown: with those of the house for what
// is not there.
func (l Look) check(k *check, at string, house Look) {
	k.that(!l.LogoHasName || l.Logo != "", "%s.logo_has_name: means nothing without logo", at)
	shown := brand.Brand{Light: l.Light, Dark: l.Dark}.Over(brand.Brand{Light: house.Light, Dark: house.Dark})
	for _, one := range []struct {
		scheme     brand.Scheme
		own, shown brand.Colors
	}{{brand.Light, l.Light, shown.Light}, {brand.Dark, l.Dark, shown.Dark}} {
		if one.own == (brand.Colors{}) {
			continue // what is wrong with the house's is told there
		}
		for _, p := range one.scheme.Problems(one.shown) {
			k.that(false, "%s.%s", at, p)
		}
	}
}
