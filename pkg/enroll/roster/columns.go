package roster

import (
	"fmt"
	"slices"
	"strings"
)

// The columns that are read. All others are passed over.
const (
	colNPI          = "NPI"
	colEntity       = "Entity Type Code"
	colLast         = "Provider Last Name (Legal Name)"
	colFirst        = "Provider First Name"
	colMiddle       = "Provider Middle Name"
	colCredential   = "Provider Credential Text"
	colStreet       = "Provider First Line Business Practice Location Address"
	colCity         = "Provider Business Practice Location Address City Name"
	colState        = "Provider Business Practice Location Address State Name"
	colPostalCode   = "Provider Business Practice Location Address Postal Code"
	colPhone        = "Provider Business Practice Location Address Telephone Number"
	colTaxonomy     = "Healthcare Provider Taxonomy Code_1"
	colLicense      = "Provider License Number_1"
	colLicenseState = "Provider License Number State Code_1"
	colDeactivated  = "NPI Deactivation Date"
	colReactivated  = "NPI Reactivation Date"
	colEmail        = "Email"
	colOrganization = "Organization"

	// More of what OpenID Connect knows of a person, for who has it.
	colNickname  = "Nickname"
	colPage      = "Profile"
	colPicture   = "Picture"
	colWebsite   = "Website"
	colGender    = "Gender"
	colBirthdate = "Birthdate"
	colZoneinfo  = "Zoneinfo"
	colLocale    = "Locale"
)

// ColumnRoles holds the roles of a person, with semicolons between them.
const ColumnRoles = "Roles"

// required are the columns without which a file is no roster.
var required = [...]string{colNPI, colEntity, colLast, colFirst}

// HeaderError lists everything that is wrong with the first line.
type HeaderError []string

// Error lists the problems.
func (e HeaderError) Error() string { return "the header cannot be used: " + strings.Join(e, "; ") }

// columns maps names to positions.
type columns struct {
	at    map[string]int
	count int
}

func readHeader(r record) (columns, error) {
	if r.problem != "" {
		return columns{}, HeaderError{fmt.Sprintf("column %d: %s", r.cell+1, r.problem)}
	}
	c := columns{at: map[string]int{}, count: len(r.cells)}
	var problems HeaderError
	for i, name := range r.cells {
		name = strings.TrimSpace(name)
		if _, twice := c.at[name]; twice && name != "" {
			problems = append(problems, fmt.Sprintf("column %q stands there twice", shorten(name)))
		}
		c.at[name] = i
	}
	for _, name := range required {
		if _, ok := c.at[name]; !ok {
			problems = append(problems, fmt.Sprintf("column %q is missing", name))
		}
	}
	if len(problems) > 0 {
		if other := otherSeparator(r.cells); other != "" {
			return columns{}, HeaderError{fmt.Sprintf("its columns are separated by %s; save it with commas", other)}
		}
		return columns{}, slices.Compact(problems)
	}
	return c, nil
}

func (c columns) get(cells []string, name string) string {
	i, ok := c.at[name]
	if !ok {
		return ""
	}
	return strings.TrimSpace(cells[i])
}

func (c columns) name(i int) string {
	for name, at := range c.at {
		if at == i {
			return name
		}
	}
	return fmt.Sprintf("column %d", i+1)
}

// shorten makes a header name fit for a message.
func shorten(s string) string {
	r := []rune(strings.ToValidUTF8(s, "?"))
	if len(r) > 60 {
		r = append(r[:60], '…')
	}
	return string(r)
}

// otherSeparator names what stands between the columns of a header that was
// saved with something else than commas, as spreadsheets of some countries do.
func otherSeparator(header []string) string {
	if len(header) != 1 {
		return ""
	}
	switch {
	case strings.Contains(header[0], ";"):
		return "semicolons"
	case strings.Contains(header[0], "\t"):
		return "tabs"
	}
	return ""
}
