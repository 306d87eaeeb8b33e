package pages

// ProfileTexts are those of the page that shows what is known of a person.
type ProfileTexts struct {
	Title, Text string
	// Field says what a member of the profile is.
	Field                            func(name string) string
	NoticesTitle, Notices, NoAddress string
	// Change says who changes it.
	Change string
}
