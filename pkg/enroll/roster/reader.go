package roster

import (
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/claviger-id/claviger/pkg/person"
)

// Row is one row of a roster: a person, or the reason why it is none.
type Row struct {
	// Line is the line on which the row begins, from 1; the header is line 1.
	Line int64
	// End is the offset of the byte after the row.
	End     int64
	Profile person.Profile
	// Reject is nil for a row that can be used.
	Reject *Reject
}

// Reject says what is wrong with a row.
type Reject struct {
	Column string
	Reason string
	// NPI is the row's, when it has the form of one.
	NPI string
}

// Reader reads the rows of a roster.
type Reader struct {
	split   *splitter
	columns columns
}

// NewReader reads the header. A HeaderError lists what is wrong with it.
func NewReader(r io.Reader) (*Reader, error) {
	s := newSplitter(r, 0, 0)
	if err := s.skipBOM(); err != nil {
		return nil, err
	}
	first, err := s.next()
	if errors.Is(err, io.EOF) {
		return nil, HeaderError{"the file is empty"}
	}
	if err != nil {
		return nil, err
	}
	c, err := readHeader(first)
	if err != nil {
		return nil, err
	}
	return &Reader{split: s, columns: c}, nil
}

// Resume goes on at an offset that a Row ended at, with the line before it. r
// must stand at that offset.
func (r *Reader) Resume(from io.Reader, offset, line int64) {
	r.split = newSplitter(from, offset, line)
}

// Offset is the offset of the next row; Line the number of lines before it.
func (r *Reader) Offset() int64 { return r.split.offset }

// Line is the number of lines that were read.
func (r *Reader) Line() int64 { return r.split.line }

// Next returns the next row, or io.EOF.
func (r *Reader) Next() (Row, error) {
	rec, err := r.split.next()
	if err != nil {
		return Row{}, err
	}
	row := Row{Line: rec.line, End: rec.end}
	switch {
	case rec.problem != "":
		row.Reject = &Reject{Column: r.columns.name(rec.cell), Reason: rec.problem}
	case len(rec.cells) != r.columns.count && rec.last:
		row.Reject = &Reject{Reason: fmt.Sprintf("the file ends here with %d of %d columns: it was cut", len(rec.cells), r.columns.count)}
	case len(rec.cells) != r.columns.count:
		row.Reject = &Reject{Reason: fmt.Sprintf("the row has %d columns, the header %d", len(rec.cells), r.columns.count)}
	default:
		row.Profile, row.Reject = r.parse(rec.cells)
	}
	return row, nil
}

// cellRule is one column of a person and what it may hold.
type cellRule struct {
	column string
	into   func(*person.Profile) *string
	max    int
	plus   bool // may begin with a plus sign, as telephone numbers do
	name   bool // is written as names are, when it comes in capitals
}

// rules lists the cells of a person in the order in which they are told.
func rules() []cellRule {
	return []cellRule{
		{column: colLast, into: func(p *person.Profile) *string { return &p.FamilyName }, max: 100, name: true},
		{column: colFirst, into: func(p *person.Profile) *string { return &p.GivenName }, max: 100, name: true},
		{column: colMiddle, into: func(p *person.Profile) *string { return &p.MiddleName }, max: 100, name: true},
		{column: colCredential, into: func(p *person.Profile) *string { return &p.Credential }, max: 60},
		{column: colStreet, into: func(p *person.Profile) *string { return &p.Address.Street }, max: 200, name: true},
		{column: colCity, into: func(p *person.Profile) *string { return &p.Address.City }, max: 100, name: true},
		{column: colState, into: func(p *person.Profile) *string { return &p.Address.State }, max: 60},
		{column: colPostalCode, into: func(p *person.Profile) *string { return &p.Address.PostalCode }, max: 20},
		{column: colPhone, into: func(p *person.Profile) *string { return &p.Phone }, max: 40, plus: true},
		{column: colTaxonomy, into: func(p *person.Profile) *string { return &p.Taxonomy }, max: 20},
		{column: colLicense, into: func(p *person.Profile) *string { return &p.LicenseNumber }, max: 60},
		{column: colLicenseState, into: func(p *person.Profile) *string { return &p.LicenseState }, max: 20},
		{column: colEmail, into: func(p *person.Profile) *string { return &p.Email }, max: 254},
		{column: colOrganization, into: func(p *person.Profile) *string { return &p.Organization }, max: 200},
	}
}

func (r *Reader) parse(cells []string) (person.Profile, *Reject) {
	var p person.Profile
	get := func(column string) string { return r.columns.get(cells, column) }
	npi := get(colNPI)
	if reason := npiProblem(npi); reason != "" {
		return p, &Reject{Column: colNPI, Reason: reason}
	}
	p.NPI = npi
	reject := func(column, reason string) (person.Profile, *Reject) {
		return p, &Reject{Column: column, Reason: reason, NPI: npi}
	}
	switch entity := get(colEntity); entity {
	case "1":
	case "2":
		return reject(colEntity, "this NPI is an organisation's (type 2); accounts are for people")
	default:
		return reject(colEntity, "must be 1 for a person")
	}
	if get(colDeactivated) != "" && get(colReactivated) == "" {
		return reject(colDeactivated, "this NPI was deactivated")
	}
	for _, rule := range rules() {
		value := get(rule.column)
		if reason := cellProblem(value, rule.max, rule.plus); reason != "" {
			return reject(rule.column, reason)
		}
		if rule.name {
			value = capitalise(value)
		}
		*rule.into(&p) = value
	}
	if p.FamilyName == "" {
		return reject(colLast, "is missing")
	}
	if p.GivenName == "" {
		return reject(colFirst, "is missing")
	}
	if p.Email != "" && !validEmail(p.Email) {
		return reject(colEmail, "is no e-mail address")
	}
	return p, nil
}

func npiProblem(npi string) string {
	switch {
	case npi == "":
		return "is missing"
	case len(npi) != 10 || strings.Trim(npi, "0123456789") != "":
		return "must be ten digits"
	case !person.ValidNPI(npi):
		return "has a wrong check digit"
	}
	return ""
}

// cellProblem says why a text cannot stand in a record, or "".
func cellProblem(s string, maxRunes int, plus bool) string {
	if !utf8.ValidString(s) {
		return "is not UTF-8; the file may be in another encoding, such as Latin-1"
	}
	if utf8.RuneCountInString(s) > maxRunes {
		return fmt.Sprintf("is longer than %d characters", maxRunes)
	}
	for _, c := range s {
		if unicode.IsControl(c) || c == utf8.RuneError || unicode.Is(unicode.Bidi_Control, c) {
			return "holds a control character"
		}
	}
	// What a spreadsheet would take for a formula does not get in: it would
	// come out again in an export, on somebody's desk.
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) && (!plus || s[0] != '+') {
		return "begins like a formula (=, +, - or @)"
	}
	return ""
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
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(domain, ".") && !strings.ContainsAny(s, " \t\"(),:;<>[\\]")
}
