package brand_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/brand"
)

func TestProblemsNameThePairAndTheRatio(t *testing.T) {
	for name, c := range map[string]struct {
		scheme brand.Scheme
		colors brand.Colors
		want   []string // each of them begins a problem, in this order
	}{
		"nothing of one's own":    {scheme: brand.Light},
		"nothing, dark":           {scheme: brand.Dark},
		"a blue that can be read": {scheme: brand.Light, colors: brand.Colors{Accent: "#1a4b8c", Panel: "#12305c", Highlight: "#ffd166"}},
		"the same for the dark":   {scheme: brand.Dark, colors: brand.Colors{Accent: "#9cc4ff", Panel: "#0d2240", Highlight: "#ffd166"}},
		"a panel that is white":   {scheme: brand.Light, colors: brand.Colors{Panel: "#ffffff", Highlight: "#8a5a00"}},
		"too light a blue": {scheme: brand.Light, colors: brand.Colors{Accent: "#4a90d9"}, want: []string{
			"light: accent (links) on the page: #4a90d9 and #f4f1ea have a contrast of 2.96:1, where 4.5:1 is needed (WCAG 2.2 AA)",
			"light: accent (links) on fields: #4a90d9 and #fffdf9 have a contrast of 3.29:1, where 4.5:1 is needed",
			"light: accent (links) on notes: ",
			"light: accent (buttons) under their text: #ffffff and #4a90d9 have a contrast of 3.34:1",
		}},
		"too dark for the dark": {scheme: brand.Dark, colors: brand.Colors{Accent: "#0d5555"}, want: []string{
			"dark: accent (links) on the page: #0d5555 and #0c1618 ", "dark: accent (links) on fields: ", "dark: accent (links) on notes: ",
			"dark: accent (buttons) under their text: ", "dark: accent (buttons under the pointer) under their text: ", "dark: accent (links under the pointer) on notes: ",
		}},
		"brass on a white panel": {scheme: brand.Light, colors: brand.Colors{Panel: "#ffffff"}, want: []string{
			"light: highlight (the address) on the panel: #d9b871 and #ffffff have a contrast of 1.90:1",
		}},
		"no colors": {scheme: brand.Dark, colors: brand.Colors{Accent: "teal", Panel: "#fff", Highlight: "#d9b87"}, want: []string{
			`dark.accent: "teal" is not a color such as #0d5555`, `dark.panel: "#fff" `, `dark.highlight: "#d9b87" `,
		}},
	} {
		got := c.scheme.Problems(c.colors)
		if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func TestStyle(t *testing.T) {
	if got := (brand.Brand{Name: "Harbor"}).Style(); got != "" {
		t.Errorf("without colors: %s", got)
	}
	got := brand.Brand{Light: brand.Colors{Accent: "#1a4b8c", Panel: "#ffffff", Highlight: "#8a5a00"}}.Style()
	// A light panel gets dark text; and what is not given is the house's.
	want := "@media screen and (not (prefers-contrast: more)) {\n" +
		":root { --accent: #1a4b8c; --accent-deep: #123562; --panel: #ffffff; --on-panel: #15282b; --brass: #8a5a00; }\n}\n"
	if got != want {
		t.Errorf("light:\n%s\nwant\n%s", got, want)
	}
	got = brand.Brand{Dark: brand.Colors{Accent: "#9cc4ff"}}.Style()
	want = "@media screen and (prefers-color-scheme: dark) and (not (prefers-contrast: more)) {\n" +
		":root { --accent: #9cc4ff; --accent-deep: #bad6ff; --panel: #0b2f31; --on-panel: #f3ead8; --brass: #d9b871; }\n}\n"
	if got != want {
		t.Errorf("dark:\n%s\nwant\n%s", got, want)
	}
}

func TestOver(t *testing.T) {
	logo, other := &brand.Logo{}, &brand.Logo{Ext: ".png"}
	house := brand.Brand{
		Name: "Harbor", Help: map[string]string{"": "Call 1.", "es": "Llame al 1."}, Logo: logo, LogoHasName: true,
		Light: brand.Colors{Accent: "#111111", Panel: "#222222"},
	}
	if got := (brand.Brand{}).Over(house); got.Name != "Harbor" || got.HelpIn("es") != "Llame al 1." || got.Logo != logo || !got.LogoHasName || got.Light != house.Light {
		t.Errorf("nothing of its own: %+v", got)
	}
	got := brand.Brand{Name: "Cove", Help: map[string]string{"": "Call 2."}, Logo: other, Light: brand.Colors{Accent: "#333333"}}.Over(house)
	if got.Name != "Cove" || got.HelpIn("en") != "Call 2." || got.HelpIn("es") != "Call 2." || got.Logo != other || got.LogoHasName ||
		got.Light != (brand.Colors{Accent: "#333333", Panel: "#222222"}) {
		t.Errorf("its own: %+v", got)
	}
}
