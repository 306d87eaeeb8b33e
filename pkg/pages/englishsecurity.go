package pages

func englishSecurity() SecurityTexts {
	return SecurityTexts{
		Title: "Security", Text: "How your sign-in is protected here, and what you can do yourself. No protection is perfect, so both are needed.",
		NotYouTitle:    "Something happened that was not you?",
		NotYouPassword: "Change your password, and sign out everywhere else.", NotYouSessions: "Look where you are signed in, and end what you do not know.",
		NotYouFactors: "Look at your second factors, and remove what is not yours.", NotYouCall: "Call the help desk, even if all of this worked: others may be affected.",
		Sections: []SecuritySection{
			{"What we do", []string{
				"Your User ID was made from your application. The temporary password that came with it, in a message of its own, works once; the one that you chose then is known to nobody else.",
				"Passwords are kept in a form from which they cannot be read back, in an encrypted database.",
				"All that passes between your browser and us is encrypted. The address begins with https.",
				"After a while without activity you are signed out, and the applications that you used are told.",
				"Every access is recorded. The records are protected against change.",
				"Our mails hold no information about patients and never ask for a password.",
			}},
			{"What you can do", []string{
				"Never share a password or a code, not with colleagues either. Whoever needs access gets an account of their own.",
				"Do not follow links in mails that ask you to sign in. Open your application by its bookmark, and compare the address.",
				"Add a passkey: it works on our address only, and nobody can talk you out of it.",
				"Sign out as soon as you have finished, before you leave the computer.",
				"Keep your browser up to date.",
				"Write nothing about patients in ordinary mail to us.",
			}},
			{"On a shared or public computer", []string{
				"Tick the box for shared computers when you sign in. You are then signed out sooner.",
				"Do not let the browser save your User ID or password.",
				"Sign out, and close all windows of the browser, which clears pages that it may still hold.",
			}},
			{"When you give others access", []string{
				"Give it only to people who need it for their work, and only for as long as they do.",
				"Look regularly at who has access, and remove what is no longer needed.",
				"Tell them that they are bound by the Use Agreement, as you are.",
			}},
		},
	}
}
