package brand

import "strings"

// Brand is one organization's, or one application's, part of the pages.
type Brand struct {
	// Name is the organization's name.
	Name string
	// Help is one line that says whom to call, by the tag of its language; that of
	// the empty tag stands for all that are missing.
	Help map[string]string
	// Logo takes the place of the key; nil: the key. LogoHasName says that it shows
	// the name, which then is not written beside it.
	Logo        *Logo
	LogoHasName bool
	// Light and Dark are its colors, which have no Problems.
	Light, Dark Colors
}

// HelpIn is the line for a language.
func (b Brand) HelpIn(language string) string {
	if own, ok := b.Help[language]; ok {
		return own
	}
	return b.Help[""]
}

// Over is the brand with another one's parts where it has none of its own. A line
// of help in one language is not mixed with another brand's in others, nor a logo
// with another brand's word for what it shows.
func (b Brand) Over(house Brand) Brand {
	if b.Name == "" {
		b.Name = house.Name
	}
	if len(b.Help) == 0 {
		b.Help = house.Help
	}
	if b.Logo == nil {
		b.Logo, b.LogoHasName = house.Logo, house.LogoHasName
	}
	b.Light, b.Dark = b.Light.over(house.Light), b.Dark.over(house.Dark)
	return b
}

// Style is what is added to the style sheet; empty where the colors are the
// house's. Whoever asks for more contrast, and paper, keep the colors that are made
// for them.
func (b Brand) Style() string {
	var out strings.Builder
	for _, one := range []struct {
		scheme Scheme
		colors Colors
		media  string
	}{{Light, b.Light, ""}, {Dark, b.Dark, "(prefers-color-scheme: dark) and "}} {
		if one.colors == (Colors{}) {
			continue
		}
		i, _ := one.scheme.inks(one.colors)
		out.WriteString("@media screen and " + one.media + "(not (prefers-contrast: more)) {\n:root {")
		for _, v := range []struct {
			name  string
			color Color
		}{{"accent", i.accent}, {"accent-deep", i.deep}, {"panel", i.panel}, {"on-panel", i.onPanel}, {"brass", i.highlight}} {
			out.WriteString(" --" + v.name + ": " + v.color.String() + ";")
		}
		out.WriteString(" }\n}\n")
	}
	return out.String()
}
