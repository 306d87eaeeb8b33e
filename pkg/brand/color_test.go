package brand_test

import (
	"math"
	"testing"

	"github.com/claviger-id/claviger/pkg/brand"
)

func color(t *testing.T, text string) brand.Color {
	t.Helper()
	c, err := brand.ParseColor(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestContrast holds the arithmetic against ratios that are published: black on
// white is 21 by definition; #767676 and #777777 are the greys on either side of
// 4.5 on white, #949494 and #959595 those of 3; and the pure colors.
func TestContrast(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"#000000", "#ffffff", 21},
		{"#ffffff", "#ffffff", 1},
		{"#767676", "#ffffff", 4.54},
		{"#777777", "#ffffff", 4.48},
		{"#949494", "#ffffff", 3.03},
		{"#959595", "#ffffff", 2.99},
		{"#ff0000", "#ffffff", 4},
		{"#00ff00", "#ffffff", 1.37},
		{"#0000ff", "#ffffff", 8.59},
		{"#010101", "#000000", 1.006},
		{"#0A0b0C", "#000000", 1.066},
	} {
		a, b := color(t, c.a), color(t, c.b)
		if got := brand.Contrast(a, b); math.Abs(got-c.want) > .006 {
			t.Errorf("%s on %s: %.3f, want %.3f", c.a, c.b, got, c.want)
		}
		if brand.Contrast(a, b) != brand.Contrast(b, a) {
			t.Errorf("%s and %s: the order matters", c.a, c.b)
		}
	}
}

func TestParseColor(t *testing.T) {
	for _, text := range []string{"", "#", "0d5555", "#0d555", "#0d55555", "#0d555g", "#0d 555", "teal", "#fff", "rgb(1,2,3)", "#0d5555;", "#-d5555", "#0d55\xff5"} {
		if c, err := brand.ParseColor(text); err == nil {
			t.Errorf("%q is %s", text, c)
		}
	}
	if got := color(t, "#Ab00fF").String(); got != "#ab00ff" {
		t.Errorf("#Ab00fF is %s", got)
	}
}

func FuzzParseColor(f *testing.F) {
	f.Add("#0d5555")
	f.Add("#0D5F5G")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := brand.ParseColor(text)
		if err != nil {
			return
		}
		again, err := brand.ParseColor(c.String())
		if err != nil || again != c {
			t.Errorf("%q became %s, which became %s: %v", text, c, again, err)
		}
	})
}
