package pages

// SecurityTexts are those of the notice of security, with advice.
type SecurityTexts struct {
	Title, Text string
	// NotYou is for who sees something that they did not do: what to do, in order.
	NotYouTitle, NotYouPassword, NotYouSessions, NotYouFactors, NotYouCall string
	Sections                                                               []SecuritySection
}

// SecuritySection is a part of it.
type SecuritySection struct {
	Title string
	Items []string
}
