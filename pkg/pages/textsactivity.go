package pages

// ActivityTexts are those of the page of what happened with an account.
type ActivityTexts struct {
	Title, Text, None string
	// What says what a kind of event is; Why says a reason, empty for one that
	// explains nothing.
	What, Why func(code string) string
	// With says what somebody proved themselves with, Shared that the computer is
	// others' too.
	With   func(what string) string
	Shared string
	// Version, Application and Role take the name of one, Asked what was forgotten.
	Version, Application, Role, Asked func(name string) string
	// Acts takes the User ID of who acts for the person.
	Acts func(userID string) string
	// You and the others say who it was. Operator takes the role of one.
	You, Administrator, Delegate, Itself string
	Operator                             func(role string) string
	// Address stands before an address.
	Address string
	// NotYou leads to what to do when it was somebody else, NotYouText says so of the
	// whole page.
	NotYou, NotYouText string
	Older, Newest      string
}
