package pages

import "github.com/claviger-id/claviger/pkg/access"

func englishActFor() ActForTexts {
	return ActForTexts{
		Title:    "Who do you act for?",
		Text:     func(application string) string { return "Choose for whom you use " + application + "." },
		Over:     "You no longer act for the person you chose before.",
		Oneself:  "Myself",
		For:      func(name string) string { return "For " + name },
		Recorded: "You stay signed in as yourself. What you do for somebody is recorded with both names, and they can see it.",
	}
}

func englishDelegations() DelegationsTexts {
	return DelegationsTexts{
		Title: "People who act for you", Text: "They sign in as themselves, with their own password. Never give anybody yours.",
		None: "Nobody acts for you.", Grant: "Let somebody act for you",
		ActedTitle: "Those you act for", ActedText: "When you sign in to one of these applications, you are asked for whom you act. What you choose holds until you sign out.", Anew: "Ask me again for whom I act",
		Since:  func(when string) string { return "Since " + when },
		Used:   func(when string) string { return "Last used on " + when },
		Until:  func(when string) string { return "Until " + when },
		Unused: "Not used yet",
		Purpose: func(purpose string) string {
			switch purpose {
			case access.PurposeTreatment:
				return "Treatment of patients"
			case access.PurposePayment:
				return "Billing and payment"
			case access.PurposeOperations:
				return "Running the practice"
			}
			return purpose
		},
		End: "End this permission", EndTitle: "End this permission?", EndText: "They can do nothing for you any more, at once, and the applications are told. What they did stays on record.",
		GiveUp: "Give up this permission", GiveUpText: "You can do nothing for them any more, at once. Your own access stays. They cannot let you act for them again by themselves.", Back: "Back to the list",
		GrantTitle: "Let somebody act for you", GrantText: "They will be able to do in these applications what you can do there. Both of you are told by mail.",
		GrantSubmit: "Let them act for me", ApplicationsLabel: "Applications", PurposeLabel: "What for",
		Refused: func(reason string) string {
			switch reason {
			case access.ReasonOneself:
				return "You cannot act for yourself."
			case access.ReasonEnd:
				return "Choose a last day that lies ahead, and not too far."
			case access.ReasonPerson:
				return "There is no account with this User ID and last name."
			case access.ReasonAccount:
				return "This person has not signed in yet, or may not."
			case access.ReasonApplication:
				return "Choose at least one application."
			case access.ReasonPurpose:
				return "Choose what it is for."
			case access.ReasonGivenUp:
				return "This person gave up acting for you. Please call the help desk if they want to do it again."
			case access.ReasonOften:
				return "That was too often. Please try again another day."
			case access.ReasonHas:
				return "This person acts for you for this purpose already. End that first."
			}
			return "This is not possible: " + reason
		},
	}
}
