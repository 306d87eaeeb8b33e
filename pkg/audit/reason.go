package audit

import "regexp"

var reason = regexp.MustCompile(`^[a-z][a-z0-9_]{1,39}$`)

// IsReason says that a text can be the reason of what an operator does: a word or a few,
// no sentence about anybody.
func IsReason(code string) bool { return reason.MatchString(code) }

// ReasonWanted says to who gave something else what a reason is; an example follows.
const ReasonWanted = "The reason must be a code: 2 to 40 small letters, digits and underscores, beginning with a letter, such as "
