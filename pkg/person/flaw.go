package person

import "fmt"

// FlawCode says in one word what is wrong with a value. Codes are stable, so that
// pages can say it in other languages.
type FlawCode string

// The codes.
const (
	Missing FlawCode = "missing"
	TooLong FlawCode = "too_long"
	// NotUTF8, Control and Formula are about the characters.
	NotUTF8 FlawCode = "not_utf8"
	Control FlawCode = "control_character"
	Formula FlawCode = "formula"
	// The others are about the form of a field.
	NPIDigits     FlawCode = "npi_digits"
	NPICheckDigit FlawCode = "npi_check_digit"
	NotEmail      FlawCode = "not_email"
	NotPage       FlawCode = "not_page"
	NotBirthdate  FlawCode = "not_birthdate"
	NotZone       FlawCode = "not_zone"
	NotLanguage   FlawCode = "not_language"
)

// FlawCodes are all of them.
func FlawCodes() []FlawCode {
	return []FlawCode{
		Missing, TooLong, NotUTF8, Control, Formula,
		NPIDigits, NPICheckDigit, NotEmail, NotPage, NotBirthdate, NotZone, NotLanguage,
	}
}

// Flaw is what is wrong with the value of a field. The zero value says that
// nothing is.
type Flaw struct {
	Code FlawCode
	// Limit is the most characters, for TooLong.
	Limit int
}

// String says it in English, to follow the name of the field.
func (f Flaw) String() string {
	switch f.Code {
	case "":
		return ""
	case Missing:
		return "is missing"
	case TooLong:
		return fmt.Sprintf("is longer than %d characters", f.Limit)
	case NotUTF8:
		return "is not UTF-8; the file may be in another encoding, such as Latin-1"
	case Control:
		return "holds a control character"
	case Formula:
		return "begins like a formula (=, +, - or @)"
	case NPIDigits:
		return "must be ten digits"
	case NPICheckDigit:
		return "has a wrong check digit"
	case NotEmail:
		return "is no email address"
	case NotPage:
		return "is no https address"
	case NotBirthdate:
		return "must be written YYYY-MM-DD, 0000-MM-DD or YYYY"
	case NotZone:
		return "is no name of a time zone, such as America/Chicago"
	case NotLanguage:
		return "is no language tag, such as en-US"
	}
	return "is not right"
}
