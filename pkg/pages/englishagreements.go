package pages

func englishAgreements() AgreementsTexts {
	return AgreementsTexts{
		Title: "Agreements", Text: "What you accepted, and when. The receipt is signed: it proves to others what you agreed to.", None: "You have accepted none so far. You are asked at the sign-in when there is one.",
		Version:   func(v string) string { return "Use Agreement, version " + v },
		For:       func(role string) string { return "For the role: " + role },
		Accepted:  func(moment string) string { return "Accepted on " + moment },
		Withdrawn: func(moment string) string { return "Taken back on " + moment },
		Read:      "Read it again", Receipt: "Download the receipt", Back: "Back to the list",
		TakeBack: "Take back what you accepted", TakeBackTitle: "Take back what you accepted?",
		TakeBackText:   "You are signed out everywhere, at once, and every application loses its access, also where that goes on after signing out. The next time that you sign in you are asked to accept the agreement again, and can use nothing before you have. It stays on record that you had accepted it, and until when.",
		TakeBackSubmit: "Take it back and sign out",
	}
}
