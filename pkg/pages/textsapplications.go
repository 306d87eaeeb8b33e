package pages

// ApplicationsTexts are those of the pages of the applications that have access.
type ApplicationsTexts struct {
	Title, Text, None string
	// Reads stands before what an application may read, Offline beside one whose access
	// goes on after signing out.
	Reads, Offline string
	// Since and Used take a moment.
	Since, Used                                           func(moment string) string
	Withdraw, WithdrawTitle, WithdrawText, WithdrawSubmit string
	Back                                                  string
}
