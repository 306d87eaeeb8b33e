package person

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// MaxRoles is how many roles somebody may have.
const MaxRoles = 20

var roleForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// ReadRoles brings roles that somebody wrote into the form in which a profile has
// them: sorted, each once. The problem, if there is one, follows the name of the
// field, and repeats nothing of what was written.
func ReadRoles(written []string) (roles []string, problem string) {
	for _, r := range written {
		r = strings.TrimSpace(r)
		switch {
		case r == "" || slices.Contains(roles, r):
			continue
		case !roleForm.MatchString(r):
			return nil, "names something that is not a word of at most 40 small letters, digits and underscores"
		case len(roles) == MaxRoles:
			return nil, fmt.Sprintf("names more than %d roles", MaxRoles)
		}
		roles = append(roles, r)
	}
	slices.Sort(roles)
	return roles, ""
}
