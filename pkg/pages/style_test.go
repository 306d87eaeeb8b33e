package pages

import (
	"regexp"
	"strings"
	"testing"
)

// rules is the style sheet without its comments.
func rules(t *testing.T) string {
	t.Helper()
	sheet, err := assetFiles.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(sheet), "")
}

// sides finds declarations that mean the left or the right of the screen, where
// they ought to mean the beginning or the end of a line: a language that is
// written from right to left has them the other way round.
func sides(sheet string) []string {
	var found []string
	for _, declaration := range regexp.MustCompile(`[a-z-]+\s*:[^;{}]*[;}]`).FindAllString(sheet, -1) {
		name, value, _ := strings.Cut(strings.TrimRight(declaration, ";}"), ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		words := strings.Fields(regexp.MustCompile(`\([^()]*\)`).ReplaceAllString(value, ""))
		switch {
		case regexp.MustCompile(`(^|-)(left|right)(-|$)`).MatchString(name),
			regexp.MustCompile(`^(text-align|float|clear|caption-side)$`).MatchString(name) && regexp.MustCompile(`\b(left|right)\b`).MatchString(value),
			// Of four values the second is the right and the fourth the left.
			regexp.MustCompile(`^(margin|padding|inset|border-(width|style|color)|scroll-(margin|padding))$`).MatchString(name) && len(words) == 4 && words[1] != words[3]:
			found = append(found, declaration)
		}
	}
	return found
}

func TestTheStyleSheetKnowsNoSides(t *testing.T) {
	for _, found := range sides(rules(t)) {
		t.Errorf("%s: name the start or the end of the line (margin-inline-start, inset-inline-end, text-align: start …)", found)
	}
	for text, wrong := range map[string]bool{
		"a { margin-left: 1rem; }": true, "a{border-right-width:0}": true, "a { left: 0 }": true, "a { right: 0; }": true,
		"a { text-align: right; }": true, "a { float: left }": true, "a { padding: 1px 2px 3px 4px; }": true, "a { border-top-left-radius: 1px; }": true,
		"a { margin-inline-start: 1rem; }": false, "a { text-align: start; }": false, "a { padding: 1px 2px 3px 2px; }": false,
		"a { margin: 0 auto; padding-block: 1px 2px; }": false, "a { grid-template-columns: minmax(1rem, 2fr) 3fr; }": false,
	} {
		if got := len(sides(text)) > 0; got != wrong {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// TestMoreContrast: whoever asks for more contrast gets 7:1 (WCAG 2.2 SC 1.4.6), and
// edges that are as clear as text.
func TestMoreContrast(t *testing.T) {
	sheet := rules(t)
	root := func(after string) map[string]string {
		t.Helper()
		_, rest, found := strings.Cut(sheet, after)
		_, rest, root := strings.Cut(rest, ":root {")
		block, _, _ := strings.Cut(rest, "}")
		if !found || !root {
			t.Fatalf("there are no colors after %q", after)
		}
		values := map[string]string{}
		for _, v := range regexp.MustCompile(`--([a-z-]+):\s*(#[0-9a-f]{3,6})`).FindAllStringSubmatch(block, -1) {
			if len(v[2]) == 4 {
				v[2] = "#" + strings.Repeat(v[2][1:2], 2) + strings.Repeat(v[2][2:3], 2) + strings.Repeat(v[2][3:4], 2)
			}
			values[v[1]] = v[2]
		}
		return values
	}
	light, dark := root(""), root("@media (prefers-color-scheme: dark)")
	more, moreDark := root("@media (prefers-contrast: more) {"), root("@media (prefers-contrast: more) and (prefers-color-scheme: dark)")
	for name, layers := range map[string][]map[string]string{"light": {light, more}, "dark": {light, dark, more, moreDark}} {
		color := map[string]string{}
		for _, layer := range layers {
			for token, value := range layer {
				color[token] = value
			}
		}
		for _, pair := range [][2]string{
			{"ink", "paper"}, {"ink", "sheet"}, {"ink", "note"}, {"soft", "paper"}, {"soft", "note"}, {"accent", "paper"}, {"accent", "note"}, {"accent-deep", "note"},
			{"on-accent", "accent"}, {"on-accent", "accent-deep"}, {"on-panel", "panel"}, {"brass", "panel"}, {"alert", "alert-paper"}, {"alert", "paper"},
			{"edge", "paper"}, {"edge", "sheet"}, {"line", "paper"}, {"focus", "paper"},
		} {
			if got := contrast(t, color[pair[0]], color[pair[1]]); got < 7 {
				t.Errorf("%s: %s on %s is %.2f, less than 7", name, pair[0], pair[1], got)
			}
		}
	}
}
