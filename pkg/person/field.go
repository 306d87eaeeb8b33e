package person

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// Field is one member of a profile that somebody writes down, and what it may
// hold. Its name is that of the member in JSON.
type Field struct {
	Name string
	Into func(*Profile) *string
	// Max is the most characters it may have.
	Max      int
	Required bool
	// Plus says that it may begin with a plus sign, as telephone numbers do.
	Plus bool
	// Proper says that it is written as names are, when it comes in capitals.
	Proper bool
}

// Fields lists what is written down of a person, in the order in which problems
// are told.
func Fields() []Field {
	return []Field{
		{Name: "npi", Into: func(p *Profile) *string { return &p.NPI }, Max: 10},
		{Name: "family_name", Into: func(p *Profile) *string { return &p.FamilyName }, Max: 100, Required: true, Proper: true},
		{Name: "given_name", Into: func(p *Profile) *string { return &p.GivenName }, Max: 100, Required: true, Proper: true},
		{Name: "middle_name", Into: func(p *Profile) *string { return &p.MiddleName }, Max: 100, Proper: true},
		{Name: "credential", Into: func(p *Profile) *string { return &p.Credential }, Max: 60},
		{Name: "street", Into: func(p *Profile) *string { return &p.Address.Street }, Max: 200, Proper: true},
		{Name: "city", Into: func(p *Profile) *string { return &p.Address.City }, Max: 100, Proper: true},
		{Name: "state", Into: func(p *Profile) *string { return &p.Address.State }, Max: 60},
		{Name: "postal_code", Into: func(p *Profile) *string { return &p.Address.PostalCode }, Max: 20},
		{Name: "phone", Into: func(p *Profile) *string { return &p.Phone }, Max: 40, Plus: true},
		{Name: "taxonomy", Into: func(p *Profile) *string { return &p.Taxonomy }, Max: 20},
		{Name: "license_number", Into: func(p *Profile) *string { return &p.LicenseNumber }, Max: 60},
		{Name: "license_state", Into: func(p *Profile) *string { return &p.LicenseState }, Max: 20},
		{Name: "email", Into: func(p *Profile) *string { return &p.Email }, Max: 254},
		{Name: "organization", Into: func(p *Profile) *string { return &p.Organization }, Max: 200},
		{Name: "nickname", Into: func(p *Profile) *string { return &p.Nickname }, Max: 100},
		{Name: "profile", Into: func(p *Profile) *string { return &p.Page }, Max: 400},
		{Name: "picture", Into: func(p *Profile) *string { return &p.Picture }, Max: 400},
		{Name: "website", Into: func(p *Profile) *string { return &p.Website }, Max: 400},
		{Name: "gender", Into: func(p *Profile) *string { return &p.Gender }, Max: 40},
		{Name: "birthdate", Into: func(p *Profile) *string { return &p.Birthdate }, Max: 10},
		{Name: "zoneinfo", Into: func(p *Profile) *string { return &p.Zoneinfo }, Max: 60},
		{Name: "locale", Into: func(p *Profile) *string { return &p.Locale }, Max: 35},
	}
}

// Put writes a value into the profile as it is kept, or says why it cannot
// stand there. An empty value is refused where one is required.
func (f Field) Put(p *Profile, value string) (problem string) {
	value = strings.TrimSpace(value)
	if problem := f.Problem(value); problem != "" {
		return problem
	}
	if f.Proper {
		value = capitalise(value)
	}
	*f.Into(p) = value
	return ""
}

// Problem says why a value cannot stand in the field, or "".
func (f Field) Problem(value string) string { return f.Flaw(value).String() }

// Flaw is the same for who says it in another language.
func (f Field) Flaw(value string) Flaw {
	switch {
	case value == "" && f.Required:
		return Flaw{Code: Missing}
	case value == "":
		return Flaw{}
	case f.Name == "npi":
		return npiFlaw(value)
	}
	if flaw := textFlaw(value, f.Max, f.Plus); flaw.Code != "" {
		return flaw
	}
	if form, ok := forms[f.Name]; ok && !form.valid(value) {
		return Flaw{Code: form.flaw}
	}
	return Flaw{}
}

// forms are the fields that hold more than a text.
var forms = map[string]struct {
	valid func(string) bool
	flaw  FlawCode
}{
	"email":     {validEmail, NotEmail},
	"profile":   {validPage, NotPage},
	"picture":   {validPage, NotPage},
	"website":   {validPage, NotPage},
	"birthdate": {birthdate.MatchString, NotBirthdate},
	"zoneinfo":  {zoneinfo.MatchString, NotZone},
	"locale":    {validLocale, NotLanguage},
}

var (
	// birthdate is OpenID Connect Core section 5.1.
	birthdate = regexp.MustCompile(`^\d{4}(-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))?$`)
	zoneinfo  = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*){0,2}$`)
)

func validPage(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil
}

func validLocale(s string) bool {
	_, err := language.Parse(s)
	return err == nil
}

// NPIProblem says what is wrong with the form of a National Provider
// Identifier, or "".
func NPIProblem(npi string) string { return npiFlaw(npi).String() }

func npiFlaw(npi string) Flaw {
	switch {
	case npi == "":
		return Flaw{Code: Missing}
	case len(npi) != 10 || strings.Trim(npi, "0123456789") != "":
		return Flaw{Code: NPIDigits}
	case !ValidNPI(npi):
		return Flaw{Code: NPICheckDigit}
	}
	return Flaw{}
}

// textFlaw says why a text cannot stand in a record.
func textFlaw(s string, maxRunes int, plus bool) Flaw {
	if !utf8.ValidString(s) {
		return Flaw{Code: NotUTF8}
	}
	if utf8.RuneCountInString(s) > maxRunes {
		return Flaw{Code: TooLong, Limit: maxRunes}
	}
	for _, c := range s {
		if unicode.IsControl(c) || c == utf8.RuneError || unicode.Is(unicode.Bidi_Control, c) {
			return Flaw{Code: Control}
		}
	}
	// What a spreadsheet would take for a formula does not get in: it would
	// come out again in an export, on somebody's desk.
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) && (!plus || s[0] != '+') {
		return Flaw{Code: Formula}
	}
	return Flaw{}
}

// capitalise turns a name that is all capitals, as NPPES publishes most, into
// one that people recognise as theirs: SMITH-O'BRIEN becomes Smith-O'Brien. A
// name that has a small letter is left as somebody wrote it.
func capitalise(s string) string {
	if s != strings.ToUpper(s) {
		return s
	}
	first := true
	return strings.Map(func(c rune) rune {
		if !unicode.IsLetter(c) {
			first = !unicode.IsDigit(c) && !unicode.Is(unicode.Mn, c)
			return c
		}
		if !first {
			return unicode.ToLower(c)
		}
		first = false
		return c
	}, s)
}

func validEmail(s string) bool {
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(domain, ".") && MailAddress(s)
}
