package pages

import (
	"fmt"
	"math"
	"testing"
)

// contrast is the contrast ratio of two colours (WCAG 2.2, definition of
// "contrast ratio").
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

// luminance is the relative luminance of a colour written as #rrggbb.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	var r, g, b uint8
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &r, &g, &b); err != nil {
		t.Fatalf("%q is no colour: %v", colour, err)
	}
	linear := func(c uint8) float64 {
		s := float64(c) / 255
		if s <= .04045 {
			return s / 12.92
		}
		return math.Pow((s+.055)/1.055, 2.4)
	}
	return .2126*linear(r) + .7152*linear(g) + .0722*linear(b)
}

func TestContrast(t *testing.T) {
	for pair, want := range map[[2]string]float64{
		{"#000000", "#ffffff"}: 21,
		{"#777777", "#ffffff"}: 4.48,
		{"#ffffff", "#ffffff"}: 1,
	} {
		if got := contrast(t, pair[0], pair[1]); math.Abs(got-want) > .01 {
			t.Errorf("%v: %.2f, want %.2f", pair, got, want)
		}
	}
}
