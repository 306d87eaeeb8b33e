package pages

// ActForTexts are those of the question for whom somebody acts.
type ActForTexts struct {
	Title string
	// Text takes the name of the application.
	Text func(application string) string
	// Over says that what was chosen before is over.
	Over    string
	Oneself string
	For     func(name string) string
	// Recorded says what acting means.
	Recorded string
}

// DelegationsTexts are those of the pages of who acts for somebody.
type DelegationsTexts struct {
	Title, Text, None, Grant string
	// ActedTitle and ActedText are about those for whom the person acts.
	ActedTitle, ActedText string
	// Anew has the person choose again.
	Anew string
	// Since and Used take a moment, Until a day.
	Since, Used, Until func(when string) string
	Unused             string
	// Purpose says the word of a purpose.
	Purpose                            func(purpose string) string
	End, EndTitle, EndText             string
	GiveUp, GiveUpText, Back           string
	GrantTitle, GrantText, GrantSubmit string
	ApplicationsLabel, PurposeLabel    string
	// Refused says why a delegation was not granted, by the reason of package access.
	Refused func(reason string) string
}
