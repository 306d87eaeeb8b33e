package enroll

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/claviger-id/claviger/pkg/language"
	"github.com/claviger-id/claviger/pkg/person"
)

func helpIn(lang string) string {
	return map[string]string{"en": "Call 555-0100.", "es": "Llame al 555-0100."}[lang]
}

func sender(standard string) Sender {
	return Sender{Organization: "Harbor Health Plan", Address: "https://id.harbor.example", Help: helpIn, Language: standard}
}

// sentinel is a letter to somebody of whom everything that a letter knows can be
// recognized.
func sentinel(locale string) letter {
	return letter{
		PersonID: "SENTINEL-PersonID", Reference: "SENTINEL-Reference", Name: "SENTINEL-Name", Organization: "SENTINEL-Organization",
		Address: person.Address{Street: "SENTINEL-Street", City: "SENTINEL-City", State: "SENTINEL-State", PostalCode: "SENTINEL-PostalCode"},
		Locale:  locale, UserID: "SENTINEL-UserID", TemporaryPassword: "SENTINEL-TemporaryPassword", ExpiresAt: time.Date(2031, 3, 4, 5, 6, 0, 0, time.UTC),
	}
}

// TestLettersHoldWhatTheyMay renders every letter in every language with sentinels:
// each says all that it has to say, and no User ID stands beside a temporary password.
func TestLettersHoldWhatTheyMay(t *testing.T) {
	head, err := NewLetterhead(sender("en"))
	if err != nil {
		t.Fatal(err)
	}
	sentinels := regexp.MustCompile(`SENTINEL-\w+`)
	addressed := []string{
		"SENTINEL-City", "SENTINEL-Name", "SENTINEL-Organization", "SENTINEL-PostalCode", "SENTINEL-Reference", "SENTINEL-State", "SENTINEL-Street",
	}
	expires := map[string]string{"en": "March 4, 2031, 05:06 UTC", "es": "4 de marzo de 2031, 05:06 UTC"}
	titles := map[string]bool{}
	for _, lang := range language.All() {
		for name, test := range map[string]struct {
			change func(*letter)
			want   int // documents
		}{
			"somebody new":                  {func(*letter) {}, 4},
			"who knows the User ID":         {func(l *letter) { l.Known = true }, 2},
			"who has a password of another": {func(l *letter) { l.Own, l.TemporaryPassword = true, "" }, 2},
		} {
			l := sentinel(lang)
			test.change(&l)
			documents, err := head.render(l)
			if err != nil || len(documents) != test.want {
				t.Fatalf("%s, %s: %d documents, %v", lang, name, len(documents), err)
			}
			for path, text := range documents {
				want := append(slices.Clone(addressed), "SENTINEL-UserID")
				if strings.HasPrefix(path, passwordFolder) {
					want[len(want)-1] = "SENTINEL-TemporaryPassword"
					if !strings.Contains(string(text), expires[lang]) {
						t.Errorf("%s, %s: %s does not say until when:\n%s", lang, name, path, text)
					}
				}
				got := sentinels.FindAllString(string(text), -1)
				slices.Sort(got)
				slices.Sort(want)
				if got = slices.Compact(got); !slices.Equal(got, want) {
					t.Errorf("%s, %s: %s says %v, want %v", lang, name, path, got, want)
				}
				for _, said := range []string{"Harbor Health Plan", "https://id.harbor.example", helpIn(lang)} {
					if !strings.Contains(string(text), said) {
						t.Errorf("%s, %s: %s does not say %q", lang, name, path, said)
					}
				}
				if strings.Contains(string(text), "<no value>") || strings.Contains(string(text), "{{") {
					t.Errorf("%s, %s: %s has holes", lang, name, path)
				}
				if strings.HasSuffix(path, ".html") {
					if !strings.Contains(string(text), `lang="`+lang+`"`) || strings.Contains(string(text), "<img") || strings.Contains(string(text), "<script") {
						t.Errorf("%s, %s: %s has another language, or fetches something", lang, name, path)
					}
					titles[regexp.MustCompile(`<title>[^<]+</title>`).FindString(string(text))] = true
				}
				for line := range strings.Lines(string(text)) {
					if n := len([]rune(line)); strings.HasSuffix(path, ".txt") && n > 110 {
						t.Errorf("%s, %s: %s has a line of %d: %s", lang, name, path, n, line)
					}
				}
			}
		}
	}
	if want := 2 * len(language.All()); len(titles) != want {
		t.Errorf("%d letters of %d have a title of their own: %v", len(titles), want, titles)
	}
}

// TestLettersSayWhatToOpen: with the name and the address of the application where the
// operator has given them, and times in their zone.
func TestLettersSayWhatToOpen(t *testing.T) {
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	for lang, expires := range map[string]string{"en": "March 3, 2031, 23:06 CST", "es": "3 de marzo de 2031, 23:06 CST"} {
		from := sender("en")
		from.Application, from.ApplicationURL, from.Zone = "Harbor Portal", "https://portal.harbor.example/", zone
		head, err := NewLetterhead(from)
		if err != nil {
			t.Fatal(err)
		}
		l := sentinel(lang)
		l.Address.PostalCode = "166590715"
		documents, err := head.render(l)
		if err != nil || len(documents) != 4 {
			t.Fatal(len(documents), err)
		}
		for path, text := range documents {
			want := []string{"Harbor Portal (https://portal.harbor.example/)", "https://id.harbor.example", "16659-0715"}
			if strings.HasPrefix(path, passwordFolder) {
				want = append(want, expires)
			}
			for _, said := range want {
				if !strings.Contains(string(text), said) {
					t.Errorf("%s, %s does not say %q:\n%s", lang, path, said, text)
				}
			}
		}
	}
}

// TestTheLanguageOfALetter: it is the person's where that is known, and otherwise the
// installation's.
func TestTheLanguageOfALetter(t *testing.T) {
	for _, test := range []struct{ locale, standard, want string }{
		{"", "en", "en"}, {"", "es", "es"}, {"es-MX", "en", "es"}, {"en-US", "es", "en"}, {"fr", "es", "es"},
	} {
		head, err := NewLetterhead(sender(test.standard))
		if err != nil {
			t.Fatal(err)
		}
		documents, err := head.render(sentinel(test.locale))
		if err != nil {
			t.Fatal(err)
		}
		for path, text := range documents {
			if strings.HasSuffix(path, ".html") && !strings.Contains(string(text), `lang="`+test.want+`"`) || !strings.Contains(string(text), helpIn(test.want)) {
				t.Errorf("%q where %s is spoken: %s is not in %s:\n%s", test.locale, test.standard, path, test.want, text)
			}
		}
	}
}

// TestLettersNameNothingElse: what names anything but its variables does not load,
// in whichever language.
func TestLettersNameNothingElse(t *testing.T) {
	for said, good := range map[string]bool{
		"{{.TemporaryPassword}}":                              true,
		"{{with .Organization}}{{.}}{{end}}":                  true,
		"{{if .Known}}{{.Help}}{{else}}{{.Reference}}{{end}}": true,
		"{{.UserID}}":                             false,
		"{{.NPI}}":                                false,
		"{{.}}":                                   false,
		"{{.Postal}}":                             false,
		"{{.Postal.Country}}":                     false,
		"{{printf .Name}}":                        false,
		"{{.Name | html}}":                        false,
		"{{$x := .Name}}":                         false,
		"{{range .Name}}{{end}}":                  false,
		"{{if .UserID}}x{{end}}":                  false,
		"{{if .Known}}{{.UserID}}{{end}}":         false,
		"{{if .Known}}{{else}}{{.UserID}}{{end}}": false,
		"{{if .Known}}{{.}}{{end}}":               false,
		"{{with .Known}}{{.UserID}}{{end}}":       false,
		`{{define "x"}}{{.UserID}}{{end}}{{template "x" .}}`:     false,
		`{{define "x"}}{{.Name}}{{end}}{{template "x" .UserID}}`: false,
	} {
		for _, lang := range language.All() {
			for _, suffix := range []string{".html", ".txt"} {
				files := fstest.MapFS{}
				all, err := fs.Glob(letterFiles, "letter/*")
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range all {
					text, err := fs.ReadFile(letterFiles, name)
					if err != nil {
						t.Fatal(err)
					}
					files[name] = &fstest.MapFile{Data: text}
				}
				files["letter/"+passwordFolder+"."+lang+suffix].Data = []byte(said)
				_, err = loadLetters(sender("en"), files)
				if (err == nil) != good {
					t.Errorf("%s in %s%s: %v", said, lang, suffix, err)
				}
			}
		}
	}
}
