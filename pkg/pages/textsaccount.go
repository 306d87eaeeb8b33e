package pages

// AccountTexts are those of the overview, and of the way to the pages of an account.
type AccountTexts struct {
	Title, Text string
	// As stands before the User ID of who is signed in.
	As string
	// Navigation names the list of pages, Skip leads past it.
	Navigation, Skip string
	Overview         string
	// Password and the rest are the pages; ManageDetail is for the administrators of
	// an organization.
	Profile, Password, Factors, Sessions, Activity, Applications, Agreements, Delegations Destination
	ManageDetail                                                                          string
	SignOut                                                                               string
}

// Destination is the name of a page, and what there is to see or to do.
type Destination struct{ Name, Detail string }
