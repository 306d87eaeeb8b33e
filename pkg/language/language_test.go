package language_test

import (
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/language"
)

func TestOf(t *testing.T) {
	for tag, want := range map[string][2]string{
		"": {"en", "es"}, "es": {"es", "es"}, "es-MX": {"es", "es"}, "ES": {"es", "es"}, "en-US": {"en", "en"},
		"de": {"en", "es"}, "est": {"en", "es"}, "\r\n": {"en", "es"}, "-es": {"en", "es"},
	} {
		for i, standard := range []string{"en", "es"} {
			if got := language.Of(tag, standard); got != want[i] {
				t.Errorf("%q where %s is spoken: %q, want %q", tag, standard, got, want[i])
			}
		}
	}
	if got := language.Of("fr", ""); got != "en" {
		t.Errorf("where nothing is said: %q", got)
	}
}

func TestMoment(t *testing.T) {
	at := time.Date(2031, 3, 4, 5, 6, 7, 0, time.FixedZone("east", 3600))
	for lang, want := range map[string]string{"en": "March 4, 2031, 04:06 UTC", "es": "4 de marzo de 2031, 04:06 UTC"} {
		if got := language.Moment(at, lang, nil); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "March 3, 2031, 23:06 EST", "es": "3 de marzo de 2031, 23:06 EST"} {
		if got := language.Moment(at, lang, zone); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
	// In summer the clocks are another hour ahead.
	if got := language.Moment(at.AddDate(0, 4, 0), "en", zone); got != "July 4, 2031, 00:06 EDT" {
		t.Errorf("in summer: %q", got)
	}
}

func TestBrowser(t *testing.T) {
	for want, c := range map[string][2]string{
		"Firefox, Windows":                        {"Firefox, Windows", "es"},
		"a browser that does not say which it is": {"", "en"},
		"un navegador que no dice cuál es":        {"", "es"},
	} {
		if got := language.Browser(c[0], c[1]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestApplication(t *testing.T) {
	for want, c := range map[string][3]string{
		"Harbor Portal (https://portal.example)": {"Harbor Portal", "https://portal.example", "es"},
		"Harbor Portal":                          {"Harbor Portal", "", "en"},
		"the application that you use":           {"", "", "en"},
		"la aplicación que utiliza":              {"", "", "es"},
	} {
		if got := language.Application(c[0], c[1], c[2]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
