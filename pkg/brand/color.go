package brand

import (
	"fmt"
	"math"
)

// Color is a color in sRGB.
type Color struct{ red, green, blue uint8 }

// ParseColor reads #rrggbb.
func ParseColor(text string) (Color, error) {
	var c Color
	if len(text) != 7 || text[0] != '#' {
		return c, fmt.Errorf("%q is not a color such as #0d5555", text)
	}
	for i, part := range []*uint8{&c.red, &c.green, &c.blue} {
		for _, digit := range []byte(text[1+2*i : 3+2*i]) {
			switch {
			case digit >= '0' && digit <= '9':
				digit -= '0'
			case digit >= 'a' && digit <= 'f':
				digit -= 'a' - 10
			case digit >= 'A' && digit <= 'F':
				digit -= 'A' - 10
			default:
				return Color{}, fmt.Errorf("%q is not a color such as #0d5555", text)
			}
			*part = *part<<4 | digit
		}
	}
	return c, nil
}

// mustColor is for the colors that stand in this package.
func mustColor(text string) Color {
	c, err := ParseColor(text)
	if err != nil {
		panic(err)
	}
	return c
}

func (c Color) String() string { return fmt.Sprintf("#%02x%02x%02x", c.red, c.green, c.blue) }

// luminance is the relative luminance (WCAG 2.2, definition of "relative
// luminance"), with the threshold of IEC 61966-2-1, which differs from the one
// printed there for no color of eight bits.
func (c Color) luminance() float64 {
	linear := func(part uint8) float64 {
		s := float64(part) / 255
		if s <= .04045 {
			return s / 12.92
		}
		return math.Pow((s+.055)/1.055, 2.4)
	}
	return .2126*linear(c.red) + .7152*linear(c.green) + .0722*linear(c.blue)
}

// Contrast is the contrast ratio of two colors, from 1 to 21 (WCAG 2.2,
// definition of "contrast ratio").
func Contrast(a, b Color) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + .05) / (min(x, y) + .05)
}

// towards mixes a share of another color in.
func (c Color) towards(other Color, share float64) Color {
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*share)) }
	return Color{mix(c.red, other.red), mix(c.green, other.green), mix(c.blue, other.blue)}
}
