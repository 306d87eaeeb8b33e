package pages

func englishApplications() ApplicationsTexts {
	return ApplicationsTexts{
		Title: "Applications", Text: "These have access to what is yours. Take it from those that you do not use any more.", None: "No application has access. There is nothing that you have to do.",
		Reads: "It may read:", Offline: "Its access goes on after you sign out",
		Since:    func(moment string) string { return "Has access since " + moment },
		Used:     func(moment string) string { return "Last used its access on " + moment },
		Withdraw: "Take its access away", WithdrawTitle: "Take this application's access away?",
		WithdrawText:   "It can read nothing any more, at once, and is told to sign you out. You stay signed in everywhere else. When you open it again, it asks you anew, or signs you in where it belongs to your organization. What it has read before stays with it.",
		WithdrawSubmit: "Take it away", Back: "Back to the list",
	}
}
