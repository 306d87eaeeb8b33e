package brand

import "fmt"

// Colors are those of one scheme, as #rrggbb. An empty one is the house's.
type Colors struct {
	// Accent is that of links, buttons and what is chosen.
	Accent string `toml:"accent"`
	// Panel is the ground behind the organization's name.
	Panel string `toml:"panel"`
	// Highlight is that of the address and the lines on the panel, and of the edge of
	// notes.
	Highlight string `toml:"highlight"`
}

// Scheme is one of the two in which pages are shown, with the colors of the style
// sheet that brands cannot change. A test holds them against it.
type Scheme struct {
	// Name is light or dark.
	Name string

	paper, sheet, note Color // what text stands on
	onAccent           Color
	house              Colors
	// deepest is what the accent is mixed with under the pointer.
	deepest Color
}

// The two schemes.
var (
	Light = Scheme{
		Name: "light", paper: mustColor("#f4f1ea"), sheet: mustColor("#fffdf9"), note: mustColor("#fffdf9"), onAccent: mustColor("#ffffff"),
		house: Colors{Accent: "#0d5555", Panel: "#0d4a4a", Highlight: "#d9b871"}, deepest: mustColor("#000000"),
	}
	Dark = Scheme{
		Name: "dark", paper: mustColor("#0c1618"), sheet: mustColor("#122023"), note: mustColor("#18292c"), onAccent: mustColor("#06221f"),
		house: Colors{Accent: "#7ad3c5", Panel: "#0b2f31", Highlight: "#d9b871"}, deepest: mustColor("#ffffff"),
	}
)

// textContrast is what text needs (WCAG 2.2 SC 1.4.3). What is drawn in these colors
// and is no text, such as the edge of a button, needs 3 (SC 1.4.11), and stands on
// the same grounds as text in the same color does.
const textContrast = 4.5

// The colors of text on a panel: whichever can be read better.
var onPanel = []Color{mustColor("#f3ead8"), mustColor("#ffffff"), mustColor("#15282b"), mustColor("#000000")}

// inks are the colors of a scheme with those that follow from them.
type inks struct{ accent, deep, panel, onPanel, highlight Color }

// over are the colors with those of others in the place of the empty ones.
func (c Colors) over(others Colors) Colors {
	for _, pair := range []struct {
		mine  *string
		other string
	}{{&c.Accent, others.Accent}, {&c.Panel, others.Panel}, {&c.Highlight, others.Highlight}} {
		if *pair.mine == "" {
			*pair.mine = pair.other
		}
	}
	return c
}

// inks works out all colors of a scheme. The problems say what is no color.
func (s Scheme) inks(c Colors) (inks, []string) {
	var problems []string
	c = c.over(s.house)
	read := func(name, text string) Color {
		color, err := ParseColor(text)
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s.%s: %v", s.Name, name, err))
		}
		return color
	}
	i := inks{accent: read("accent", c.Accent), panel: read("panel", c.Panel), highlight: read("highlight", c.Highlight)}
	i.deep = i.accent.towards(s.deepest, .3)
	// The first that can be read, in the order of preference; black or white always
	// can: the product of their contrasts with any color is 21, which is more than
	// 4.5 squared.
	for _, ink := range onPanel {
		if i.onPanel = ink; Contrast(ink, i.panel) >= textContrast {
			break
		}
	}
	return i, problems
}

// Problems names what is no color, and each pair of colors that people could not
// tell apart, with its contrast and what it has to be. The names begin with the
// scheme's.
func (s Scheme) Problems(c Colors) []string {
	i, problems := s.inks(c)
	if len(problems) > 0 {
		return problems
	}
	for _, pair := range []struct {
		names string
		a, b  Color
	}{
		{"accent (links) on the page", i.accent, s.paper},
		{"accent (links) on fields", i.accent, s.sheet},
		{"accent (links) on notes", i.accent, s.note},
		{"accent (buttons) under their text", s.onAccent, i.accent},
		{"accent (buttons under the pointer) under their text", s.onAccent, i.deep},
		{"accent (links under the pointer) on notes", i.deep, s.note},
		{"highlight (the address) on the panel", i.highlight, i.panel},
		{"text on the panel", i.onPanel, i.panel},
	} {
		if ratio := Contrast(pair.a, pair.b); ratio < textContrast {
			problems = append(problems, fmt.Sprintf("%s: %s: %s and %s have a contrast of %s:1, where %g:1 is needed (WCAG 2.2 AA)",
				s.Name, pair.names, pair.a, pair.b, floor(ratio), textContrast))
		}
	}
	return problems
}

// floor writes a ratio with two places and never rounds up to what it is not.
func floor(ratio float64) string { return fmt.Sprintf("%.2f", float64(int(ratio*100))/100) }
