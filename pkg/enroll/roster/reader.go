package roster

import (
	"errors"
	"fmt"
	"io"
	"strings"

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
		row.Reject = &Reject{Reason: fmt.Sprintf("the file ends here with %d of %s: it was cut", len(rec.cells), countColumns(r.columns.count))}
	case len(rec.cells) != r.columns.count:
		row.Reject = &Reject{Reason: fmt.Sprintf("the row has %s, the header %d", countColumns(len(rec.cells)), r.columns.count)}
	default:
		row.Profile, row.Reject = r.parse(rec.cells)
	}
	return row, nil
}

// columnOf names the column of each field of a profile.
var columnOf = map[string]string{
	"family_name": colLast, "given_name": colFirst, "middle_name": colMiddle, "credential": colCredential,
	"street": colStreet, "city": colCity, "state": colState, "postal_code": colPostalCode, "phone": colPhone,
	"taxonomy": colTaxonomy, "license_number": colLicense, "license_state": colLicenseState,
	"email": colEmail, "organization": colOrganization,
	"nickname": colNickname, "profile": colPage, "picture": colPicture, "website": colWebsite, "gender": colGender,
	"birthdate": colBirthdate, "zoneinfo": colZoneinfo, "locale": colLocale,
}

func (r *Reader) parse(cells []string) (person.Profile, *Reject) {
	var p person.Profile
	get := func(column string) string { return r.columns.get(cells, column) }
	npi := get(colNPI)
	if reason := person.NPIProblem(npi); reason != "" {
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
	for _, field := range person.Fields() {
		column, ok := columnOf[field.Name]
		if !ok {
			continue
		}
		if reason := field.Put(&p, get(column)); reason != "" {
			return reject(column, reason)
		}
	}
	roles, reason := person.ReadRoles(strings.Split(get(ColumnRoles), ";"))
	if reason != "" {
		return reject(ColumnRoles, reason)
	}
	p.Roles = roles
	return p, nil
}

// countColumns is a number of columns.
func countColumns(n int) string {
	if n == 1 {
		return "1 column"
	}
	return fmt.Sprintf("%d columns", n)
}
