package roster_test

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/enroll/roster"
)

const header = "NPI,Entity Type Code,Provider Last Name (Legal Name),Provider First Name,NPI Deactivation Date,NPI Reactivation Date,Email,Organization," +
	"Provider Business Practice Location Address Telephone Number\n"

func read(t *testing.T, text string) []roster.Row {
	t.Helper()
	r, err := roster.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var rows []roster.Row
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

func TestColumnsAreFoundByName(t *testing.T) {
	text := "\xef\xbb\xbf\"Unused\",\"Provider First Name\",\"Organization\",\"NPI\",\"Entity Type Code\",\"Provider Last Name (Legal Name)\"\r\n" +
		"\"x, y\r\nz\",\" Zoë \",\"Prairie \"\"Kids\"\" Clinic\",\"1234567893\",\"1\",\"O'Brien\"\r\n\r\n"
	rows := read(t, text)
	if len(rows) != 1 || rows[0].Reject != nil {
		t.Fatalf("rows = %+v", rows)
	}
	p := rows[0].Profile
	if p.GivenName != "Zoë" || p.FamilyName != "O'Brien" || p.NPI != "1234567893" || p.Organization != `Prairie "Kids" Clinic` || rows[0].Line != 2 {
		t.Errorf("row = %+v", rows[0])
	}
}

func TestRowsThatCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct{ row, column, reason string }{
		"no NPI":              {",1,Smith,Jane,,,,,", "NPI", "is missing"},
		"short NPI":           {"123456789,1,Smith,Jane,,,,,", "NPI", "ten digits"},
		"letters in NPI":      {"12345678x3,1,Smith,Jane,,,,,", "NPI", "ten digits"},
		"check digit":         {"1234567890,1,Smith,Jane,,,,,", "NPI", "check digit"},
		"organisation":        {"1234567893,2,Smith,Jane,,,,,", "Entity Type Code", "organisation"},
		"no entity":           {"1234567893,,Smith,Jane,,,,,", "Entity Type Code", "must be 1"},
		"deactivated":         {"1234567893,1,Smith,Jane,01/02/2020,,,,", "NPI Deactivation Date", "deactivated"},
		"no last name":        {"1234567893,1, ,Jane,,,,,", "Provider Last Name (Legal Name)", "is missing"},
		"no first name":       {"1234567893,1,Smith,,,,,,", "Provider First Name", "is missing"},
		"Latin-1":             {"1234567893,1,M\xfcller,Jane,,,,,", "Provider Last Name (Legal Name)", "not UTF-8"},
		"formula":             {"1234567893,1,Smith,\"=HYPERLINK(\"\"x\"\")\",,,,,", "Provider First Name", "formula"},
		"formula at":          {"1234567893,1,@SUM(A1),Jane,,,,,", "Provider Last Name (Legal Name)", "formula"},
		"formula minus":       {"1234567893,1,Smith,Jane,,,,-1+1,", "Organization", "formula"},
		"control character":   {"1234567893,1,Smi\x00th,Jane,,,,,", "Provider Last Name (Legal Name)", "control"},
		"bidi override":       {"1234567893,1,Smith,Ja\u202ene,,,,,", "Provider First Name", "control"},
		"long name":           {"1234567893,1," + strings.Repeat("a", 101) + ",Jane,,,,,", "Provider Last Name (Legal Name)", "longer than 100"},
		"huge cell":           {"1234567893,1," + strings.Repeat("a", 70<<10) + ",Jane,,,,,", "Provider Last Name (Legal Name)", "64 KiB"},
		"no e-mail":           {"1234567893,1,Smith,Jane,,,jane,,", "Email", "no email"},
		"e-mail not in ASCII": {"1234567893,1,Smith,Jane,,,jäne@example.org,,", "Email", "no email"},
		"e-mail with a name":  {"1234567893,1,Smith,Jane,,,Jane <j@x.org>,,", "Email", "no email"},
		"two e-mails":         {"1234567893,1,Smith,Jane,,,\"a@x.org,b@x.org\",,", "Email", "no email"},
		"too few columns":     {"1234567893,1,Smith", "", "3 columns"},
		"too many columns":    {"1234567893,1,Smith,Jane,,,,,,,", "", "11 columns"},
		"quote inside":        {"1234567893,1,Sm\"ith,Jane,,,,,", "Provider Last Name (Legal Name)", "quote"},
		"text after quote":    {"1234567893,1,\"Smith\"x,Jane,,,,,", "Provider Last Name (Legal Name)", "quote"},
	} {
		good := "2000000002,1,Doe,John,,,,,+15551234\n"
		rows := read(t, header+c.row+"\n"+good)
		if len(rows) != 2 || rows[0].Reject == nil || rows[1].Reject != nil {
			t.Errorf("%s: rows %+v", name, rows)
			continue
		}
		if r := rows[0].Reject; r.Column != c.column || !strings.Contains(r.Reason, c.reason) || rows[0].Line != 2 || rows[1].Line != 3 {
			t.Errorf("%s: line %d, %+v", name, rows[0].Line, r)
		}
	}
}

func TestNamesInCapitalsBecomeNames(t *testing.T) {
	for name, want := range map[string]string{
		"SMITH": "Smith", "O'BRIEN-MÜLLER": "O'Brien-Müller", "DE LA CRUZ": "De La Cruz", "McDonald": "McDonald", "van Dyke": "van Dyke", "ST. JOHN": "St. John", "A": "A", "WEIß": "Weiß", "李": "李",
	} {
		rows := read(t, header+"1234567893,1,"+name+",J,,,,,\n")
		if got := rows[0].Profile.FamilyName; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestReactivatedIsGood(t *testing.T) {
	if rows := read(t, header+"1234567893,1,Smith,Jane,01/02/2020,03/04/2021,,,\n"); rows[0].Reject != nil {
		t.Errorf("%+v", rows[0].Reject)
	}
}

func TestTruncatedFiles(t *testing.T) {
	for name, tail := range map[string]string{"inside a quote": "1234567893,1,\"Smi", "inside a row": "1234567893,1,Smith", "after a comma": "1234567893,"} {
		rows := read(t, header+"2000000002,1,Doe,John,,,,,\n"+tail)
		if len(rows) != 2 || rows[0].Reject != nil || rows[1].Reject == nil || !strings.Contains(rows[1].Reject.Reason, "cut") {
			t.Errorf("%s: %+v", name, rows)
		}
	}
	if rows := read(t, header+"2000000002,1,Doe,John,,,,,"); len(rows) != 1 || rows[0].Reject != nil {
		t.Errorf("a last row without a line end: %+v", rows)
	}
}

// What stands behind such a mark is read by nobody, and the operator has to know.
func TestQuotationMarkNeverClosed(t *testing.T) {
	for name, more := range map[string]int{"little": 3, "more than a cell holds": 5000, "more than a row holds": 50000} {
		rows := read(t, header+"2000000002,1,Doe,John,,,,,\n1234567893,1,\"Smith,Jane,,,,,\n"+strings.Repeat("2000000002,1,Doe,John,,,,,\n", more))
		if len(rows) != 2 || rows[1].Line != 3 || rows[1].Reject == nil || !strings.Contains(rows[1].Reject.Reason, "never closed: nothing from here on was read") {
			t.Errorf("%s: %+v", name, rows)
		}
	}
}

func TestHeaders(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":    {"", "empty"},
		"blank":    {"\n\n", "empty"},
		"missing":  {"NPI,Email\n", `"Entity Type Code" is missing; column "Provider Last Name (Legal Name)" is missing; column "Provider First Name"`},
		"twice":    {header[:len(header)-1] + ",NPI\n", `"NPI" stands there twice`},
		"excel":    {"NPI;Entity Type Code\n", "separated by semicolons"},
		"tabs":     {"NPI\tEntity Type Code\n", "separated by tabs"},
		"UTF-16":   {"\xff\xfeN\x00P\x00I\x00", "UTF-16"},
		"one cell": {strings.Repeat("x", 100<<10), "64 KiB"},
		"binary":   {"\x7fELF\x02\x01\x01\x00\n", "missing"},
	} {
		_, err := roster.NewReader(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// endless is a cell that never ends.
type endless struct{ left int }

func (e *endless) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(b), e.left)
	for i := range n {
		b[i] = 'a'
	}
	e.left -= n
	return n, nil
}

func TestAHugeCellTakesNoMemory(t *testing.T) {
	r, err := roster.NewReader(io.MultiReader(strings.NewReader(header+"1234567893,1,\""), &endless{50 << 20}, strings.NewReader("\",Jane,,,,,\n2000000002,1,Doe,John,,,,,\n")))
	if err != nil {
		t.Fatal(err)
	}
	allocated := testing.AllocsPerRun(1, func() {
		if row, err := r.Next(); err != nil || row.Reject == nil && row.Profile.FamilyName != "Doe" {
			t.Errorf("%+v, %v", row, err)
		}
	})
	if allocated > 1000 {
		t.Errorf("%v allocations", allocated)
	}
}

func TestResumeReadsTheSameRows(t *testing.T) {
	var text bytes.Buffer
	if err := roster.Sample(&text, 50, 3); err != nil {
		t.Fatal(err)
	}
	all := read(t, text.String())
	for _, after := range []int{0, 7, 48} {
		r, err := roster.NewReader(bytes.NewReader(text.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		r.Resume(bytes.NewReader(text.Bytes()[all[after].End:]), all[after].End, all[after].Line)
		row, err := r.Next()
		if err != nil || !reflect.DeepEqual(row, all[after+1]) {
			t.Errorf("after row %d: %+v, %v, want %+v", after, row, err, all[after+1])
		}
	}
}

func TestSample(t *testing.T) {
	var a, b, c bytes.Buffer
	for w, seed := range map[*bytes.Buffer]uint64{&a: 5, &b: 5, &c: 6} {
		if err := roster.Sample(w, 2000, seed); err != nil {
			t.Fatal(err)
		}
	}
	if a.String() != b.String() || a.String() == c.String() {
		t.Error("a seed does not make a file")
	}
	seen := map[string]bool{}
	for _, row := range read(t, a.String()) {
		if row.Reject != nil {
			t.Fatalf("line %d: %+v", row.Line, row.Reject)
		}
		if seen[row.Profile.NPI] {
			t.Fatalf("NPI %s twice", row.Profile.NPI)
		}
		seen[row.Profile.NPI] = true
	}
	if len(seen) != 2000 {
		t.Errorf("%d rows", len(seen))
	}
	first, _, _ := strings.Cut(a.String(), "\n")
	if n := strings.Count(first, ","); n < 329 {
		t.Errorf("%d columns", n+1)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(header + "1234567893,1,\"Smith\",Jane,,,,,\n"))
	f.Add([]byte("\xef\xbb\xbf\"a\"\"\",\r\n\r,\""))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := roster.NewReader(io.MultiReader(strings.NewReader(header), bytes.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		last, line := r.Offset(), r.Line()
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if row.End <= last || row.Line <= line || row.End != r.Offset() {
				t.Fatalf("row ends at %d after %d, line %d after %d", row.End, last, row.Line, line)
			}
			last, line = row.End, r.Line()
		}
		if want := int64(len(header) + len(text)); r.Offset() != want {
			t.Fatalf("%d of %d bytes were read", r.Offset(), want)
		}
	})
}

func TestRoles(t *testing.T) {
	const header = "NPI,Entity Type Code,Provider Last Name (Legal Name),Provider First Name,Roles\n"
	for cell, want := range map[string][]string{"": nil, "nurse": {"nurse"}, " nurse; biller ;nurse;": {"biller", "nurse"}} {
		rows := read(t, header+"1234567893,1,Smith,Jane,"+cell+"\n")
		if len(rows) != 1 || rows[0].Reject != nil || !reflect.DeepEqual(rows[0].Profile.Roles, want) {
			t.Errorf("%q: %+v", cell, rows)
		}
	}
	for _, cell := range []string{"\"nurse,biller\"", "Nurse", "nurse biller", strings.Repeat("a;", 30<<10) + "=x"} {
		rows := read(t, header+"1234567893,1,Smith,Jane,"+cell+"\n2000000002,1,Doe,John,\n")
		if len(rows) != 2 || rows[0].Reject == nil || rows[0].Reject.Column != "Roles" || rows[1].Reject != nil {
			t.Errorf("%.40q: %+v", cell, rows)
		}
	}
}
