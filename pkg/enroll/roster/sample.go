package roster

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/claviger-id/claviger/pkg/person"
)

// maxSample bounds a sample: there are a hundred million numbers to draw from,
// and two must not be the same.
const maxSample = 10_000_000

// Sample writes a synthetic roster with the given number of people: the
// columns of the NPPES file, and Email, Organization and Roles; these are of those
// that the configuration has by default. The same seed makes
// the same file. No person in it exists; the NPIs have valid check digits and
// may belong to somebody all the same.
func Sample(w io.Writer, rows int, seed uint64) error {
	if rows < 0 || rows > maxSample {
		return fmt.Errorf("rows must be between 0 and %d", maxSample)
	}
	out := bufio.NewWriterSize(w, 1<<16)
	names := sampleColumns()
	at := map[string]int{}
	for i, n := range names {
		at[n] = i
	}
	writeRow(out, names)
	r := rand.New(rand.NewPCG(seed, 0x636c6176)) //nolint:gosec // sample data must be the same for the same seed
	cells := make([]string, len(names))
	// Steps that share no factor with the range visit each number once.
	const numbers = 100_000_000
	number := r.Uint64N(numbers)
	for i := range rows {
		clear(cells)
		number = (number + 61_803_399) % numbers
		fillPerson(cells, at, r, number, i)
		writeRow(out, cells)
	}
	return out.Flush()
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

// common prefers the beginning of a list, as names do.
func common(r *rand.Rand, from []string) string {
	return from[min(r.IntN(len(from)), r.IntN(len(from)))]
}

func fillPerson(cells []string, at map[string]int, r *rand.Rand, number uint64, i int) {
	set := func(column, value string) { cells[at[column]] = value }
	nine := "1" + fmt.Sprintf("%08d", number)
	first, last := common(r, givenNames()), common(r, familyNames())
	switch r.IntN(20) {
	case 0:
		last += "-" + common(r, familyNames())
	case 1:
		last = "O'" + last
	}
	set(colNPI, nine+string(person.CheckDigit(nine)))
	set(colEntity, "1")
	set(colLast, last)
	set(colFirst, first)
	if r.IntN(3) > 0 {
		set(colMiddle, string([]rune(common(r, givenNames()))[:1]))
	}
	if r.IntN(25) == 0 {
		set("Provider Name Suffix Text", pick(r, []string{"JR.", "III", "SR."}))
	}
	set(colCredential, pick(r, []string{"MD", "DO", "RN", "NP", "PA-C", "LCSW", "PhD", "PsyD", "LPC", "DDS"}))
	state := pick(r, []string{"CA", "NY", "TX", "FL", "IL", "PA", "OH", "MN", "WA", "PR"})
	set(colStreet, fmt.Sprintf("%d %s %s", 1+r.IntN(9999), pick(r, familyNames()), pick(r, []string{"ST", "AVE", "BLVD, SUITE 200", "RD", "LN"})))
	set(colCity, pick(r, []string{"SPRINGFIELD", "FAIRVIEW", "RIVERSIDE", "SAN JOSÉ", "GREENVILLE", "SALEM", "MADISON", "ST. PAUL"}))
	set(colState, state)
	set(colPostalCode, fmt.Sprintf("%05d%04d", 10000+r.IntN(89999), r.IntN(10000)))
	set("Provider Business Practice Location Address Country Code (If outside U.S.)", "US")
	set(colPhone, fmt.Sprintf("555%07d", r.IntN(10_000_000)))
	set("Provider Enumeration Date", fmt.Sprintf("%02d/%02d/20%02d", 1+r.IntN(12), 1+r.IntN(28), 6+r.IntN(20)))
	set("Last Update Date", "01/15/2026")
	set(colTaxonomy, pick(r, []string{"207Q00000X", "2084P0800X", "163W00000X", "363L00000X", "1041C0700X", "103T00000X", "101YP2500X"}))
	set(colLicense, pick(r, []string{"A", "G", "ME", "LIC"})+strconv.Itoa(10000+r.IntN(899999)))
	set(colLicenseState, state)
	set("Healthcare Provider Primary Taxonomy Switch_1", "Y")
	set("Is Sole Proprietor", "N")
	set("Certification Date", "01/15/2026")
	set(colEmail, fmt.Sprintf("%s%d@%s.example", plainASCII(first), i+1, pick(r, []string{"meadowlark", "riverbend", "northshore"})))
	set(colOrganization, pick(r, []string{"Meadowlark Family Practice", "Riverbend Behavioral Health", "Northshore Hospital Group", "Clínica del Valle", "Prairie Pediatrics"}))
	set(ColumnRoles, []string{"clinician", "nurse", "clinician", "", "biller; front_desk"}[i%5])
}

func plainASCII(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' {
			return c
		}
		return -1
	}, strings.ToLower(s))
}

// writeRow quotes every cell, as the published file does.
func writeRow(w *bufio.Writer, cells []string) {
	for i, c := range cells {
		if i > 0 {
			_ = w.WriteByte(',') // an error stays in w until Flush
		}
		_ = w.WriteByte('"')
		_, _ = w.WriteString(strings.ReplaceAll(c, `"`, `""`))
		_ = w.WriteByte('"')
	}
	_ = w.WriteByte('\n')
}

// sampleColumns is the header of the published file, and the added columns.
func sampleColumns() []string {
	all := []string{
		colNPI, colEntity, "Replacement NPI", "Employer Identification Number (EIN)",
		"Provider Organization Name (Legal Business Name)", colLast, colFirst, colMiddle,
		"Provider Name Prefix Text", "Provider Name Suffix Text", colCredential,
		"Provider Other Organization Name", "Provider Other Organization Name Type Code",
		"Provider Other Last Name", "Provider Other First Name", "Provider Other Middle Name",
		"Provider Other Name Prefix Text", "Provider Other Name Suffix Text", "Provider Other Credential Text",
		"Provider Other Last Name Type Code",
	}
	for _, kind := range []string{"Mailing", "Practice Location"} {
		all = append(all, "Provider First Line Business "+kind+" Address", "Provider Second Line Business "+kind+" Address")
		for _, part := range []string{"City Name", "State Name", "Postal Code", "Country Code (If outside U.S.)", "Telephone Number", "Fax Number"} {
			all = append(all, "Provider Business "+kind+" Address "+part)
		}
	}
	all = append(all, "Provider Enumeration Date", "Last Update Date", "NPI Deactivation Reason Code", colDeactivated, colReactivated,
		"Provider Sex Code", "Authorized Official Last Name", "Authorized Official First Name", "Authorized Official Middle Name",
		"Authorized Official Title or Position", "Authorized Official Telephone Number")
	for i := 1; i <= 15; i++ {
		all = append(all, fmt.Sprintf("Healthcare Provider Taxonomy Code_%d", i), fmt.Sprintf("Provider License Number_%d", i),
			fmt.Sprintf("Provider License Number State Code_%d", i), fmt.Sprintf("Healthcare Provider Primary Taxonomy Switch_%d", i))
	}
	for i := 1; i <= 50; i++ {
		all = append(all, fmt.Sprintf("Other Provider Identifier_%d", i), fmt.Sprintf("Other Provider Identifier Type Code_%d", i),
			fmt.Sprintf("Other Provider Identifier State_%d", i), fmt.Sprintf("Other Provider Identifier Issuer_%d", i))
	}
	all = append(all, "Is Sole Proprietor", "Is Organization Subpart", "Parent Organization LBN", "Parent Organization TIN",
		"Authorized Official Name Prefix Text", "Authorized Official Name Suffix Text", "Authorized Official Credential Text")
	for i := 1; i <= 15; i++ {
		all = append(all, fmt.Sprintf("Healthcare Provider Taxonomy Group_%d", i))
	}
	return append(all, "Certification Date", colEmail, colOrganization, ColumnRoles)
}

func givenNames() []string {
	return []string{
		"JAMES", "MARY", "JOHN", "PATRICIA", "ROBERT", "JENNIFER", "MICHAEL", "LINDA", "DAVID", "ELIZABETH", "WILLIAM", "BARBARA",
		"MARIA", "JOSÉ", "SUSAN", "CARLOS", "SARAH", "WEI", "KAREN", "PRIYA", "NANCY", "LUIS", "LISA", "ANNE-MARIE", "ZOË", "RENÉE",
		"SØREN", "AISHA", "NGUYỆT", "OLUWASEUN", "ŁUKASZ", "IÑIGO", "FRANÇOIS", "YUKI", "FATIMA", "BJÖRN",
	}
}

func familyNames() []string {
	return []string{
		"SMITH", "JOHNSON", "WILLIAMS", "BROWN", "JONES", "GARCIA", "MILLER", "DAVIS", "RODRIGUEZ", "MARTINEZ", "HERNANDEZ", "LOPEZ",
		"GONZALEZ", "WILSON", "ANDERSON", "THOMAS", "TAYLOR", "MOORE", "JACKSON", "MARTIN", "LEE", "PEREZ", "THOMPSON", "WHITE",
		"NGUYEN", "KIM", "PATEL", "SINGH", "CHEN", "MÜLLER", "DE LA CRUZ", "VAN DER BERG", "ÅSTRÖM", "NUÑEZ", "D'ANGELO", "ST. JOHN",
		"WEIß", "ØSTERGAARD", "ŁUCZAK", "YILMAZ", "ÇELIK", "GRÜNWALD", "PEÑA", "TRẦN", "O", "WU",
	}
}
