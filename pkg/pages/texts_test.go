package pages

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
)

// sayings is every text of a catalogue by where it stands; functions are called
// with telling arguments, which must be told.
func sayings(t *testing.T, texts *Texts) map[string]string {
	t.Helper()
	all := map[string]string{}
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), v.Field(i))
			}
		case reflect.Slice:
			if v.Len() == 0 {
				t.Errorf("%s: %s is empty", texts.Lang, path)
			}
			for i := range v.Len() {
				walk(path+"["+string(rune('0'+i))+"]", v.Index(i))
			}
		case reflect.String:
			if strings.TrimSpace(v.String()) == "" {
				t.Errorf("%s: %s is empty", texts.Lang, path)
			}
			all[path] = v.String()
		case reflect.Func:
			if v.IsNil() {
				t.Errorf("%s: %s is missing", texts.Lang, path)
				return
			}
			say := func(suffix string, arg any, mention string) {
				answer := v.Call([]reflect.Value{reflect.ValueOf(arg)})[0]
				if answer.Kind() == reflect.Struct {
					walk(path+suffix, answer)
					return
				}
				got := answer.String()
				if strings.TrimSpace(got) == "" || !strings.Contains(got, mention) {
					t.Errorf("%s: %s%s says %q, without %q", texts.Lang, path, suffix, got, mention)
				}
				all[path+suffix] = got
			}
			switch v.Type().In(0) {
			case reflect.TypeFor[int]():
				say("", 17, "17")
			case reflect.TypeFor[time.Duration]():
				say("", 17*time.Second, "17")
			case reflect.TypeFor[time.Time]():
				mention := "17"
				if path == "Common.Day" { // it does not say when on that day
					mention = "25"
				}
				say("", time.Date(2026, 11, 25, 21, 17, 0, 0, time.UTC), mention)
			case reflect.TypeFor[person.Flaw]():
				for _, code := range person.FlawCodes() {
					say("("+string(code)+")", person.Flaw{Code: code, Limit: 17}, "")
				}
			case reflect.TypeFor[*password.Refusal]():
				for _, code := range password.Codes() {
					r := &password.Refusal{Code: code, Message: "English " + string(code) + " 17 Smith", Limit: 17, Word: "Smith"}
					mention := map[password.Code]string{password.TooShort: "17", password.TooLong: "17", password.Context: "Smith"}[code]
					say("("+string(code)+")", r, mention)
				}
			case reflect.TypeFor[password.Strength]():
				told := map[string]bool{}
				for _, strength := range password.Strengths() {
					suffix := "(" + strength.String() + ")"
					say(suffix, strength, "")
					told[all[path+suffix]] = true
				}
				if len(told) != len(password.Strengths()) {
					t.Errorf("%s: %s says the same of two strengths", texts.Lang, path)
				}
			case reflect.TypeFor[*problem.Error]():
				for _, reason := range problem.Reasons() {
					mention := map[problem.Reason]string{problem.FormerPassword: "17"}[reason]
					say("("+string(reason)+")", &problem.Error{Reason: reason, Count: 17, Message: "English " + string(reason) + " 17"}, mention)
				}
			case reflect.TypeFor[flow.Trouble]():
				for _, trouble := range flow.Troubles() {
					say("("+string(trouble)+")", trouble, "")
				}
			case reflect.TypeFor[string]():
				for _, arg := range arguments[path] {
					say("("+arg+")", arg, "")
				}
				say("", "SENTINEL", "SENTINEL")
			default:
				t.Errorf("%s takes a %s, which this test does not know", path, v.Type().In(0))
			}
		default:
			t.Errorf("%s is a %s", path, v.Kind())
		}
	}
	walk("", reflect.ValueOf(*texts))
	return all
}

// arguments are those that a text is made for.
var arguments = map[string][]string{
	"Factors.Kind":      {"passkey", "totp"},
	"Profile.Field":     {"user_id", "name", "taxonomy", "roles", "address", "nickname", "page", "picture", "website", "gender", "birthdate", "zoneinfo", "locale"},
	"Activity.What":     toldKinds(),
	"Activity.With":     {"passkey", "code", "password"},
	"Activity.Asked":    {"password", "user_id"},
	"Activity.Operator": {"", "operator", "help_desk", "security_officer"},
	"Activity.Why": {
		"wrong_password", "password_disabled", "temporary_expired", "temporary_spent", "no_password", "suspended", "closed", "abandoned", "overtaken",
		"logout", "idle", "absolute", "replaced", "password_changed", "password_reset", "password_must_change", "password_compromised", "factor_changed",
		"factor_reset", "operator", "concurrent_limit", "membership_ended", "roles_changed", "agreement_withdrawn", "refresh_reuse", "not_started",
	},
	"Delegations.Purpose": {"treatment", "payment", "operations"},
	"Delegations.Refused": {"oneself", "end_date", "unknown_person", "not_active", "not_registered", "unknown_purpose", "has_it"},
	"Consent.Scope":       {"profile", "email", "phone", "address", "provider", "npi", "org", "roles", "offline_access"},
	"Apply.Field":         {"given_name", "middle_name", "family_name", "credential", "npi", "license_number", "license_state", "organization", "email", "phone"},
}

func toldKinds() (all []string) {
	for kind := range told() {
		all = append(all, string(kind))
	}
	return all
}

// TestActivityHasWords: nobody is told of an event by its name in the log.
func TestActivityHasWords(t *testing.T) {
	for _, texts := range catalogues() {
		for _, path := range []string{"What", "Why", "With", "Operator"} {
			say := reflect.ValueOf(texts.Activity).FieldByName(path)
			for _, arg := range arguments["Activity."+path] {
				if said := say.Call([]reflect.Value{reflect.ValueOf(arg)})[0].String(); strings.ContainsAny(said, "_") || strings.Contains(said, arg) && strings.ContainsAny(arg, "._") {
					t.Errorf("%s: %s(%s) is %q", texts.Lang, path, arg, said)
				}
			}
		}
	}
}

// same are the texts that may be as in English.
var same = map[string]bool{"Dir": true}

// TestCataloguesAreWhole: nothing is empty, and nothing is left in English.
func TestCataloguesAreWhole(t *testing.T) {
	english := sayings(t, English())
	for _, texts := range catalogues()[1:] {
		for path, said := range sayings(t, texts) {
			if said == english[path] && !same[path] && said != "SENTINEL" {
				t.Errorf("%s: %s is as in English: %q", texts.Lang, path, said)
			}
		}
	}
}

// TestEveryTextIsUsed looks for each member of the catalogue in the templates and
// the code: what nobody says need not be translated.
func TestEveryTextIsUsed(t *testing.T) {
	used := map[string]bool{}
	templates, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range templates {
		text, err := templateFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\.T\.([A-Za-z.]+)`).FindAllSubmatch(text, -1) {
			for part := range strings.SplitSeq(string(m[1]), ".") {
				used[part] = true
			}
		}
	}
	parsed, err := parser.ParseDir(token.NewFileSet(), ".", func(i fs.FileInfo) bool { //nolint:staticcheck // no build tags here
		return !strings.HasSuffix(i.Name(), "_test.go")
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed["pages"], func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			used[s.Sel.Name] = true
		}
		return true
	})
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if !used[f.Name] {
				t.Errorf("nothing says %s.%s", path, f.Name)
			}
			if f.Type.Kind() == reflect.Struct {
				walk(path+"."+f.Name, f.Type)
			}
		}
	}
	walk("Texts", reflect.TypeFor[Texts]())
}

// TestAmericanEnglish: the pages are for clinicians in the United States.
func TestAmericanEnglish(t *testing.T) {
	british := regexp.MustCompile(`(?i)\b(\w*(organis|recognis|authoris|apologis|customis)\w*|colour\w*|licence\w*|centre\w*|cancelled|favour\w*|e-mail\w*)\b`)
	for path, said := range sayings(t, English()) {
		if found := british.FindString(said); found != "" {
			t.Errorf("%s says %q", path, found)
		}
	}
	var page bytes.Buffer
	for name, e := range gallery(galleryPages(), "en") {
		page.Reset()
		page.Write(printed(t, galleryPages(), e))
		if found := british.FindString(page.String()); found != "" {
			t.Errorf("%s says %q", name, found)
		}
	}
}

func TestSpanishSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "un momento", time.Second: "1 segundo", 90 * time.Second: "90 segundos", time.Minute: "1 minuto",
		121 * time.Second: "3 minutos", time.Hour: "1 hora", 24 * time.Hour: "24 horas",
	} {
		if got := spanishSpan(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
	if got, want := spanishMoment(time.Date(2026, 11, 25, 21, 5, 0, 0, time.UTC)), "25 de noviembre de 2026, 9:05\u00a0p.\u00a0m.\u00a0UTC"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
