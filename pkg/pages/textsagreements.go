package pages

// AgreementsTexts are those of the pages of what somebody accepted.
type AgreementsTexts struct {
	Title, Text, None string
	// Version takes the name of a version, For a role, the others a moment.
	Version, For, Accepted, Withdrawn func(string) string
	Read, Receipt, Back               string

	TakeBack, TakeBackTitle, TakeBackText, TakeBackSubmit string
}
