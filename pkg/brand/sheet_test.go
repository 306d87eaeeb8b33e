package brand

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestSchemesAreThoseOfTheStyleSheet: what is checked here is what pages are made of.
func TestSchemesAreThoseOfTheStyleSheet(t *testing.T) {
	sheet, err := os.ReadFile("../pages/assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	light, rest, _ := strings.Cut(string(sheet), "@media (prefers-color-scheme: dark)")
	dark, _, _ := strings.Cut(rest, "box-sizing")
	values := func(text string, into map[string]string) map[string]string {
		for _, found := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(text, -1) {
			into[found[1]] = found[2]
		}
		return into
	}
	both := values(light, map[string]string{})
	for _, c := range []struct {
		scheme Scheme
		want   map[string]string
	}{{Light, both}, {Dark, values(dark, map[string]string{"brass": both["brass"]})}} {
		got := c.scheme.tokens()
		for name, value := range got {
			if c.want[name] != value {
				t.Errorf("%s: --%s is %s here and %q in the style sheet", c.scheme.Name, name, value, c.want[name])
			}
		}
		if len(got) != 7 {
			t.Errorf("%s: %d tokens", c.scheme.Name, len(got))
		}
	}
}

// tokens are the colors of the scheme by their names in the style sheet, without
// a brand.
func (s Scheme) tokens() map[string]string {
	return map[string]string{
		"paper": s.paper.String(), "sheet": s.sheet.String(), "note": s.note.String(), "on-accent": s.onAccent.String(),
		"accent": s.house.Accent, "panel": s.house.Panel, "brass": s.house.Highlight,
	}
}

// TestEveryPanelCanBeRead: of the inks, one is readable on any panel.
func TestEveryPanelCanBeRead(t *testing.T) {
	for grey := range 256 {
		g := uint8(grey)
		for _, panel := range []Color{{g, g, g}, {g, 0, 0}, {0, g, 0}, {0, 0, g}, {255, g, 0}, {g, 255, 0}, {0, g, 255}} {
			if i, problems := Light.inks(Colors{Panel: panel.String()}); Contrast(i.onPanel, panel) < textContrast || len(problems) > 0 {
				t.Errorf("%s on %s: %.2f %v", i.onPanel, panel, Contrast(i.onPanel, panel), problems)
			}
		}
	}
}
