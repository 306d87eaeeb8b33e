package pages

func englishAccountTexts() AccountTexts {
	return AccountTexts{
		Title: "Your account", Text: "What is known of you here, and what you can change yourself.",
		As: "Signed in as", Navigation: "Your account", Skip: "Skip to the page",
		Overview:     "Overview",
		Profile:      Destination{"Profile", "What is known of you, and where notices go."},
		Password:     Destination{"Password", "Choose another one, and sign out everywhere else."},
		Factors:      Destination{"Second factors", "Passkeys, authenticator apps and recovery codes."},
		Sessions:     Destination{"Where you are signed in", "Browsers and devices, and the applications used there. Sign out from a distance."},
		Activity:     Destination{"Recent activity", "What happened with your account, when, and from where."},
		Delegations:  Destination{"People who act for you", "Who may use applications in your name, and in whose name you may."},
		Applications: Destination{"Applications", "Who has access to what is yours. Take it away."},
		Agreements:   Destination{"Agreements", "What you accepted, to read again and with a receipt."},
		ManageDetail: "Who of your organization's staff has which access.",
		SignOut:      "Sign out",
	}
}
