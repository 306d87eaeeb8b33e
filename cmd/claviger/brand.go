package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/claviger-id/claviger/pkg/brand"
	"github.com/claviger-id/claviger/pkg/config"
)

// brands reads the logos of the brands that are configured, and tells of all that are
// none. The colors were
// checked with the configuration.
func brands(c config.Brand) (brand.Brand, map[string]brand.Brand, error) {
	house, wrong := brandOf("brand", c.Name, c.Help, c.HelpES, c.Look)
	own := map[string]brand.Brand{}
	for _, id := range slices.Sorted(maps.Keys(c.Applications)) {
		a := c.Applications[id]
		b, err := brandOf("brand.applications."+id, a.Name, a.Help, a.HelpES, a.Look)
		own[id], wrong = b, errors.Join(wrong, err)
	}
	return house, own, wrong
}

func brandOf(at, name, help, helpES string, l config.Look) (brand.Brand, error) {
	b := brand.Brand{Name: name, LogoHasName: l.LogoHasName, Light: l.Light, Dark: l.Dark, Help: helpOf(help, helpES)}
	if l.Logo == "" {
		return b, nil
	}
	var err error
	if b.Logo, err = brand.ReadLogo(l.Logo); err != nil {
		return b, fmt.Errorf("%s.%w", at, err)
	}
	return b, nil
}

// helpOf is the line that says whom to call, by language.
func helpOf(help, helpES string) map[string]string {
	lines := map[string]string{}
	if help != "" {
		lines[""] = help
	}
	if helpES != "" {
		lines["es"] = helpES
	}
	return lines
}

// help is that line of the house, for letters and mails.
func (in *installation) help(language string) string {
	return brand.Brand{Help: helpOf(in.config.Brand.Help, in.config.Brand.HelpES)}.HelpIn(language)
}
