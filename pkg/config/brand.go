package config

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the names of time zones, where the machine has none
	"unicode"

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
	// Application is what people call the application that they use first, and
	// ApplicationURL where they open it: where the pages, letters and mails send them.
	// Both may be empty.
	Application    string `toml:"application"`
	ApplicationURL string `toml:"application_url"`
	// TimeZone is that of moments on pages, in letters and in mails, by its name in the
	// IANA database, such as America/New_York.
	TimeZone string `toml:"time_zone"`
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
	k.that(len(b.Application) <= 80 && !strings.ContainsFunc(b.Application, unicode.IsControl), "brand.application: at most 80 bytes, on one line")
	k.that(b.ApplicationURL == "" || b.Application != "", "brand.application_url: needs brand.application, what people call it")
	k.that(b.ApplicationURL == "" || webAddress(b.ApplicationURL), "brand.application_url: %q is not the https address of a page, of 200 bytes at most", b.ApplicationURL)
	_, err := b.Zone()
	k.that(err == nil, "brand.time_zone: %q is no time zone, such as America/New_York or UTC", b.TimeZone)
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

// Zone is the time zone by its name.
func (b Brand) Zone() (*time.Location, error) {
	if b.TimeZone == "" || b.TimeZone == "Local" { // the machine's is an accident
		return nil, fmt.Errorf("%q is no time zone", b.TimeZone)
	}
	return time.LoadLocation(b.TimeZone)
}

// webAddress says that people can open and type an address. On this machine plain http is
// one, for trying things out.
func webAddress(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || len(text) > 200 || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return false
	}
	host := u.Hostname()
	address, err := netip.ParseAddr(host)
	loopback := host == "localhost" || err == nil && address.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && loopback
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
