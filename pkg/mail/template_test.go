package mail

import (
	"bytes"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/claviger-id/claviger/pkg/language"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/storage"
)

var head = Letterhead{Organization: "Harbor Health Plan", Help: help, SignIn: "https://id.harbor.example", Language: "en"}

func help(lang string) string {
	return map[string]string{"en": "Call 555-0100.", "es": "Llame al 555-0100."}[lang]
}

// sentinels is a value for every variable by its class; the words of one class must
// not show where they do not belong.
func sentinels(m Message) Message {
	v := reflect.New(reflect.TypeOf(m)).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		switch f.Interface().(type) {
		case time.Time:
			f.Set(reflect.ValueOf(time.Date(2031, 3, 4, 5, 6, 0, 0, time.UTC)))
		default:
			f.SetString("SENTINEL-" + v.Type().Field(i).Name)
		}
	}
	return v.Interface().(Message)
}

// TestNothingShowsWhereItMustNot renders every mail in every language with
// sentinels.
func TestNothingShowsWhereItMustNot(t *testing.T) {
	templates, err := NewTemplates(head)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages() {
		subjects := map[string]string{}
		for _, lang := range language.All() {
			w, err := templates.write(sentinels(m), lang)
			if err != nil {
				t.Fatal(err)
			}
			if other, said := subjects[w.subject]; said {
				t.Errorf("%s.%s: the subject is that of %s: %q", m.Name(), lang, other, w.subject)
			}
			subjects[w.subject] = lang
			if strings.Contains(w.subject, "SENTINEL") || strings.ContainsAny(w.subject, "\r\n") || w.subject == "" {
				t.Errorf("%s.%s: the subject is %q", m.Name(), lang, w.subject)
			}
			for part, text := range map[string]string{"text": w.text, "html": w.html} {
				if strings.Contains(text, "SENTINEL-UserID") && strings.Contains(text, "SENTINEL-Link") {
					t.Errorf("%s.%s: the %s has a User ID beside a secret", m.Name(), lang, part)
				}
				for i := range reflect.TypeOf(m).NumField() {
					f := reflect.TypeOf(m).Field(i)
					if f.Type.Kind() == reflect.String && !strings.Contains(text, "SENTINEL-"+f.Name) {
						t.Errorf("%s.%s: the %s does not say %s", m.Name(), lang, part, f.Name)
					}
				}
				for _, word := range []string{"Harbor Health Plan", help(lang)} {
					if !strings.Contains(text, word) {
						t.Errorf("%s.%s: the %s does not say %q", m.Name(), lang, part, word)
					}
				}
				if strings.Contains(text, "<no value>") || strings.Contains(text, "{{") {
					t.Errorf("%s.%s: the %s has holes", m.Name(), lang, part)
				}
			}
			if strings.Contains(w.html, "<img") || strings.Contains(w.html, "<script") || !strings.Contains(w.html, `lang="`+lang+`"`) {
				t.Errorf("%s.%s: the html fetches something or has no language", m.Name(), lang)
			}
			for _, line := range strings.Split(w.text, "\n") {
				if len([]rune(line)) > 110 {
					t.Errorf("%s.%s: the line %q is long", m.Name(), lang, line)
				}
			}
		}
	}
}

// TestEveryFileIsATemplate finds templates that no message has.
func TestEveryFileIsATemplate(t *testing.T) {
	want := map[string]bool{"frame.tmpl": true}
	for _, m := range messages() {
		for _, l := range language.All() {
			want[m.Name()+"."+l+".tmpl"] = true
		}
	}
	files, err := fs.ReadDir(templateFiles, "template")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !want[f.Name()] {
			t.Errorf("%s belongs to no message", f.Name())
		}
	}
}

// TestTheManualNamesEveryMail: an operator reads there what is sent, and when.
func TestTheManualNamesEveryMail(t *testing.T) {
	manual, err := os.ReadFile("../../docs/mail.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages() {
		if !strings.Contains(string(manual), "`"+m.Name()+"`") {
			t.Errorf("docs/mail.md does not name %s", m.Name())
		}
	}
}

// TestTheLanguageOfAMail: it is the person's where that is known, and otherwise the
// installation's.
func TestTheLanguageOfAMail(t *testing.T) {
	for _, test := range []struct{ tag, standard, want string }{
		{"", "en", "en"}, {"", "es", "es"}, {"es-MX", "en", "es"}, {"en-US", "es", "en"}, {"fr", "es", "es"},
	} {
		in := head
		in.Language = test.standard
		templates, err := NewTemplates(in)
		if err != nil {
			t.Fatal(err)
		}
		body := `{"language": "` + test.tag + `", "variables": {"When": "2031-03-04T05:06:00Z"}}`
		m, err := (&SMTP{relay: Relay{From: "id@harbor.example"}, templates: templates}).compose(outbox.Opened{
			Parcel: storage.Parcel{ID: "i", Kind: PasswordChanged{}.Name()}, To: "jane@example.org", Body: []byte(body),
		})
		if err != nil {
			t.Fatal(err)
		}
		var sent bytes.Buffer
		if _, err := m.WriteTo(&sent); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(sent.String(), "Content-Language: "+test.want+"\r\n") || !strings.Contains(sent.String(), help(test.want)) {
			t.Errorf("%q where %s is spoken, want %s:\n%s", test.tag, test.standard, test.want, &sent)
		}
	}
}

type listed struct{ When time.Time }

func (listed) Name() string { return "m" }

type unlisted struct{ Diagnosis string }

func (unlisted) Name() string { return "m" }

type together struct{ UserID, Link string }

func (together) Name() string { return "m" }

type structured struct{ When []string }

func (structured) Name() string { return "m" }

// TestAClosedListOfVariables: what names anything else does not load, and with it
// no command that mails runs.
func TestAClosedListOfVariables(t *testing.T) {
	good := `{{define "subject"}}s{{end}}{{define "text"}}{{.When}}{{end}}{{define "html"}}{{.Help}}{{end}}`
	for name, test := range map[string]struct {
		message Message
		text    string
		want    string
	}{
		"good":                {listed{}, good, ""},
		"unlisted variable":   {unlisted{}, good, "no mail may have"},
		"user id and secret":  {together{}, good, "beside a secret"},
		"no text and no time": {structured{}, good, "neither text nor a time"},
		"another variable":    {listed{}, strings.Replace(good, ".When", ".UserID", 1), "no variable of this message"},
		"unknown variable":    {listed{}, strings.Replace(good, ".When", ".Patient", 1), "no variable of this message"},
		"member":              {listed{}, strings.Replace(good, ".When", ".When.Year", 1), "no variable of this message"},
		"everything":          {listed{}, strings.Replace(good, "{{.When}}", "{{.}}", 1), "no variable of this message"},
		"function":            {listed{}, strings.Replace(good, "{{.When}}", "{{printf .When}}", 1), "no variable of this message"},
		"branch":              {listed{}, strings.Replace(good, "{{.When}}", "{{if .When}}x{{end}}", 1), "no variable of this message"},
		"pipeline":            {listed{}, strings.Replace(good, "{{.When}}", "{{.When | html}}", 1), "no variable of this message"},
		"call of a part":      {listed{}, strings.Replace(good, "{{.When}}", `{{template "html" .}}`, 1), "no variable of this message"},
		"another part":        {listed{}, good + `{{define "x"}}{{end}}`, `no part "x"`},
		"part missing":        {listed{}, strings.Replace(good, `"html"`, `"text"`, 1), "mail"},
		"outside":             {listed{}, good + "{{.When}}", "outside"},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"template/m.en.tmpl": {Data: []byte(test.text)}, "template/m.es.tmpl": {Data: []byte(test.text)}}
			_, err := load(head, files, []Message{test.message})
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestAddresses: nothing that could become a header, a command or a list passes.
func TestAddresses(t *testing.T) {
	for _, good := range []string{"jane@example.org", "j.o'brien+x@mail.example.org"} {
		if err := CheckAddress(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "jane", "jane@example.org\r\nBcc: x@example.org", "jane@example.org\nX: y", "a@example.org, b@example.org", "Jane <jane@example.org>",
		"jane@example.org ", " jane@example.org", `"a b"@example.org`, "jane@example.org\x00", "<jane@example.org>", "jane@[192.0.2.1]",
		"jane@example.org;b@example.org", "jäne@example.org", strings.Repeat("a", 250) + "@example.org",
	} {
		if CheckAddress(bad) == nil {
			t.Errorf("%q passed", bad)
		}
	}
}

func FuzzCheckAddress(f *testing.F) {
	f.Add("jane@example.org")
	f.Add("a@b\r\nc: d")
	f.Fuzz(func(t *testing.T, address string) {
		if CheckAddress(address) == nil && strings.ContainsAny(address, "\r\n \t,;<>\x00") {
			t.Errorf("%q passed", address)
		}
	})
}
