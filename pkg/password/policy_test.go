package password_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/claviger-id/claviger/pkg/password"
)

var here = password.Policy{MinLength: password.MinAlone, Words: []string{"Claviger", "Meadowlark Health"}}

// me are the names of a person.
var me = []string{"jsmith2", "Jané", "", "Smith", "janet.smythe", "1234567893", "Saint-Denis"}

func TestPolicy(t *testing.T) {
	for text, want := range map[string]password.Code{
		"":                "too_short",
		"fourteen chars":  "too_short",
		"fifteen chars!!": "",
		"\U0001F600\U0001F601\U0001F602\U0001F603\U0001F604\U0001F605\U0001F606\U0001F607\U0001F608\U0001F609\U0001F60A\U0001F60B\U0001F60C\U0001F60D\U0001F60E": "",
		"all lower case letters":            "",
		"purple kayak ferments":             "",
		"correcthorsebatterystaple":         "common",
		"Correct-Horse_Battery staple!1":    "common",
		"c0rrecth0rsebatteryst4ple":         "common",
		"correct horse battery steeple":     "",
		"Primum non nocere, 2026":           "common",
		"first do no harm to kayaks":        "",
		"el caballo azul come pan":          "",
		"müde Bären tanzen früh":            "",
		"xK9$vQ2!mZ7#pL4@":                  "",
		"aaaaaaaaaaaaaaa":                   "repeated",
		"passwordpasswordpassword":          "repeated",
		"abcabcabcabcabcabc":                "repeated",
		"123456789012345":                   "sequence",
		"abcdefghijklmnop":                  "sequence",
		"qwertyuiopasdfgh":                  "sequence",
		"zyxwvutsrqponmlkjih":               "sequence",
		"qwertyuiop12345":                   "sequence",
		"janesmithjsmith1":                  "context",
		"JaneSmith-Claviger":                "context",
		"MeadowlarkHealth!!2024":            "context",
		"claviger claviger 1":               "context",
		"j4n3 5m1th j4n3 5m1th":             "context",
		"htimsenaj-claviger":                "context",
		"regivalcregivalc!":                 "context",
		"JANÉ.SMITH.JSMITH2":                "context",
		"janet.smythe@2026":                 "context",
		"saintdenis saint denis":            "context",
		"1234567893-claviger":               "context",
		"Claviger123456789":                 "context",
		"Jane rides nineteen green camels":  "",
		"claviger tastes of burnt umbrella": "",
		"password123456789":                 "common",
		"passwordpassword":                  "common",
		"PassWordPassWord":                  "common",
		"P@ssw0rd12345678":                  "common",
		"iloveyou12345678":                  "common",
		"letmein!letmein!":                  "common",
		"!!!!football!!!!":                  "common",
		"dragon1234567890":                  "common",
		"1q2w3e4r5t6y7u8i9o0p":              "common",
		"01/01/1970 1970":                   "weak",
		strings.Repeat("long ", 60):         "too_long",
		"tab\tin the middle of it":          "not_text",
		"nul\x00in the middle of it":        "not_text",
		"bad \xff utf-8 in the middle":      "not_text",
	} {
		var got password.Code
		if r := here.Check(text, me...); r != nil {
			got = r.Code
			if r.Message == "" || text != "" && strings.Contains(r.Message, text) || strings.Contains(r.Error(), "Smith") {
				t.Errorf("%q: message %q, error %q", text, r.Message, r.Error())
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q (%v)", text, got, want, here.Strength(text, me...))
		}
	}
}

// A refusal says the name that people know, not the part of it that was found.
func TestRefusalsSayWholeNames(t *testing.T) {
	for text, want := range map[string]string{
		"BRIEN--BRIEN--B": "O'Brien", "brien.sean.brien": "O'Brien", "denis denis 2024": "Saint-Denis", "meadowlark 2026!": "Meadowlark",
		"meadowlarkhealth!": "Meadowlark Health", "jsmith..jsmith99": "jsmith2", "smythe//smythe//": "janet.smythe",
	} {
		r := here.Check(text, "Sean", "O'Brien", "Jean Saint-Denis", "jsmith2", "janet.smythe")
		if r == nil || r.Code != password.Context || r.Word != want || !strings.Contains(r.Message, "“"+want+"”") {
			t.Errorf("%q: %+v, want %q", text, r, want)
		}
	}
}

func TestBoundariesOfLength(t *testing.T) {
	second := here.WithSecondFactor()
	for text, want := range map[string][2]password.Code{
		"quiet heron":     {"too_short", "too_short"}, // 11
		"quiet herons":    {"too_short", ""},          // 12
		"quiet herons f":  {"too_short", ""},          // 14
		"quiet herons fl": {"", ""},                   // 15
		// 15 code points in NFC, more before it: what is counted is what is hashed.
		"e\u0301clair d'e\u0301te\u0301 vi": {"", ""},
		"dragon123456":                      {"too_short", "common"},
	} {
		for i, p := range []password.Policy{here, second} {
			var got password.Code
			if r := p.Check(text); r != nil {
				got = r.Code
				if got == password.TooShort && r.Limit != p.MinLength {
					t.Errorf("%q: limit %d", text, r.Limit)
				}
			}
			if got != want[i] {
				t.Errorf("%q at %d: %q, want %q", text, p.MinLength, got, want[i])
			}
		}
	}
	long := "Quiet herons drift, and 7 otters. " + strings.Repeat("more and more of it, ", 12)
	if r := here.Check(long[:256]); r != nil {
		t.Errorf("256 code points: %v", r)
	}
	if r := here.Check(long[:257]); r == nil || r.Code != password.TooLong || r.Limit != password.MaxCodePoints {
		t.Errorf("257 code points: %v", r)
	}
}

// There are no rules of composition (NIST SP 800-63B-4 section 3.1.1.2): one
// kind of character is enough.
func TestNoKindOfCharacterIsAskedFor(t *testing.T) {
	for _, text := range []string{"vkqzjwpyhgnbxtr", "VKQZJWPYHGNBXTR", "830571946208375", "{]~;&,)>`\\#=^?_", "цапля летит над рекой", "鷺が川の上を静かに飛んでいくのだ"} {
		if r := here.Check(text); r != nil && r.Code != password.Repeated {
			t.Errorf("%q: %v", text, r)
		}
	}
}

func TestStrengthRises(t *testing.T) {
	var last password.Strength
	for _, text := range []string{"password", "password1987", "quiet heron", "quiet herons drift", "quiet herons drift over rivers"} {
		s := here.Strength(text)
		if s < last {
			t.Errorf("%q: %v after %v", text, s, last)
		}
		last = s
	}
	if last != password.Strong {
		t.Errorf("the last is %v", last)
	}
	if s := here.Strength("Meadowlark Smith", "Smith"); s > password.Fair {
		t.Errorf("known names: %v", s)
	}
	if s := here.Strength(strings.Repeat("x", 300)); s != password.Weakest {
		t.Errorf("too long: %v", s)
	}
}

// TestRefusalsTellTheStrength: what is tried first is not called good, whatever
// it would be for who does not know people.
func TestRefusalsTellTheStrength(t *testing.T) {
	for text, want := range map[string]password.Strength{
		"xK7#qTz9wP": password.Good, "password": password.Weakest, "abcdefghijklmnopqrstuvwxyz": password.Weakest,
		"heronheronheronheron": password.Weakest, "Jordan Smith Jordan Smith": password.Weakest,
	} {
		r := here.Check(text, "Jordan", "Smith")
		if r == nil || !r.Judged() || r.Strength != want || here.Strength(text, "Jordan", "Smith") != want {
			t.Errorf("%q: %+v, %v, want %v", text, r, here.Strength(text, "Jordan", "Smith"), want)
		}
	}
	for _, text := range []string{strings.Repeat("heron ", 60), "quiet herons\x00drift over rivers"} {
		if r := here.Check(text); r == nil || r.Judged() {
			t.Errorf("%q: %+v", text, r)
		}
	}
	if r := password.RefuseBreached(); !r.Judged() || r.Strength != password.Weakest {
		t.Errorf("%+v", r)
	}
}

// hostile are texts that strength estimators take minutes for.
func hostile() []string {
	var all []string
	for _, piece := range []string{"4@8({[<369!1|70$5+%2", "aA", "ab1", "p4ssw0rd", "1192837465", "()[]{}<>", "a1b2c3", "\U0001F600x", "é", "0000/1/1 "} {
		all = append(all, string([]rune(strings.Repeat(piece, 256))[:256]))
	}
	return all
}

func BenchmarkCheckHostile(b *testing.B) {
	for _, text := range hostile() {
		b.Run(string([]rune(text)[:4]), func(b *testing.B) {
			for b.Loop() {
				_ = here.Check(text[:len(text)-1]+"!", me...)
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	for _, text := range append(hostile(), "purple kayak ferments", "password123456789", "\xff", "ﬃ ﬃ ﬃ ﬃ ﬃ ﬃ ﬃ ﬃ") {
		f.Add(text, "jsmith2")
	}
	codes := []password.Code{
		password.TooShort, password.TooLong, password.NotText, password.Repeated, password.Sequence, password.Context, password.Common, password.Weak,
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		r := here.Check(text, name)
		if r == nil {
			if n := utf8.RuneCountInString(text); n < password.MinAlone {
				t.Errorf("%q: %d code points were accepted", text, n)
			}
			return
		}
		if !slices.Contains(codes, r.Code) || r.Message == "" || r.Error() != "password: refused: "+string(r.Code) {
			t.Errorf("%q: %+v", text, r)
		}
	})
}
