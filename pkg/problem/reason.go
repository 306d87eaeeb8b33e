package problem

// Reason says which sentence a Message is, for who says it in another language
// than English. Reasons are stable. A problem that no person meets on a page has
// none.
type Reason string

// The reasons.
const (
	// SamePassword: what was chosen is what there is.
	SamePassword Reason = "same_password"
	// FormerPassword: it is one of the last Count.
	FormerPassword Reason = "former_password"
	// ChangedLately: a password cannot be changed again so soon.
	ChangedLately Reason = "changed_lately"
	// AccountUnusable: the account is suspended or closed.
	AccountUnusable Reason = "account_unusable"
	// LinkNotEnough: the account has a second factor, which a link is not.
	LinkNotEnough Reason = "link_not_enough"
	// FactorNeeded: policy asks for what somebody wants to remove.
	FactorNeeded Reason = "factor_needed"
	// Unreadable: the request is damaged.
	Unreadable Reason = "unreadable"
)

// Reasons are all of them.
func Reasons() []Reason {
	return []Reason{SamePassword, FormerPassword, ChangedLately, AccountUnusable, LinkNotEnough, FactorNeeded, Unreadable}
}

// Because gives the problem its reason.
func (e *Error) Because(r Reason) *Error {
	e.Reason = r
	return e
}
