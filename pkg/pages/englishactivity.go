package pages

func englishActivity() ActivityTexts {
	return ActivityTexts{
		Title: "Recent activity", Text: "What happened with your account, the newest first. If you do not recognize something, act on it.", None: "Nothing has happened yet.",
		What: englishEvent, Why: englishWhy, With: englishWith, Shared: "On a shared computer",
		Version:     func(name string) string { return "Version " + name },
		Application: func(name string) string { return "Application: " + name },
		Acts:        func(userID string) string { return "Who acts: " + userID },
		Role:        func(name string) string { return "Role: " + name },
		Asked: func(what string) string {
			switch what {
			case "password":
				return "A link for a new password"
			case "user_id":
				return "The User ID"
			}
			return "What was forgotten: " + what
		},
		You: "By you", Administrator: "By an administrator of your organization", Delegate: "By somebody who acts for you", Itself: "Automatically",
		Operator: func(role string) string {
			switch role {
			case "help_desk":
				return "By the help desk"
			case "security_officer":
				return "By a security officer"
			case "", "operator":
				return "By an operator"
			}
			return "By an operator: " + plainRole(role)
		},
		Address: "From the address",
		NotYou:  "This was not me", NotYouText: "Something here was not you? See what to do.",
		Older: "Older", Newest: "Back to the newest",
	}
}

func englishEvent(kind string) string {
	switch kind {
	case "signin.succeeded":
		return "The password was right, but nobody got in: the sign-in was not finished"
	case "signin.failed":
		return "A sign-in was refused"
	case "signin.limited":
		return "A sign-in was refused: there were too many attempts"
	case "session.created":
		return "You signed in"
	case "session.renewed":
		return "You proved again that it is you"
	case "session.ended":
		return "You were signed out"
	case "factor.bound":
		return "A second factor was added"
	case "factor.renamed":
		return "A second factor got another name"
	case "factor.removed":
		return "A second factor was removed"
	case "factor.reset":
		return "Second factors were removed, after proof of identity"
	case "factor.set_aside":
		return "A second factor was put out of use: somebody may have a copy of it"
	case "factor.codes_issued":
		return "New recovery codes were made"
	case "factor.failed":
		return "A second factor was wrong"
	case "factor.limited":
		return "A second factor was refused: there were too many attempts"
	case "credential.temporary_issued":
		return "A temporary password was issued"
	case "credential.temporary_reissued":
		return "Another temporary password was issued"
	case "credential.personal_chosen":
		return "The password was changed"
	case "credential.imported":
		return "The password was taken over from another system"
	case "credential.reset":
		return "The password was replaced by a temporary one, after proof of identity"
	case "credential.forced":
		return "The password has to be changed at the next sign-in"
	case "credential.disabled":
		return "After too many failures, the password works only in browsers that you used before"
	case "credential.check_failed":
		return "A change of the password was refused"
	case "agreement.accepted":
		return "The Use Agreement was accepted"
	case "agreement.declined":
		return "The Use Agreement was declined"
	case "agreement.withdrawn":
		return "The acceptance of the Use Agreement was withdrawn"
	case "consent.given":
		return "An application got access"
	case "consent.withdrawn":
		return "The access of an application was taken away"
	case "grant.refresh_reused", "grant.code_reused":
		return "The access of an application ended: something that works once was used twice"
	case "recovery.answered":
		return "Somebody said to have forgotten something, and a mail was sent"
	case "link.used":
		return "The link of a mail was used"
	case "mail.undelivered", "mail.bounced":
		return "A mail to you did not get through"
	case "person.addresses_changed":
		return "The addresses for notices were changed"
	case "person.approved":
		return "The account was opened"
	case "person.suspended":
		return "The account was suspended"
	case "person.reinstated":
		return "The account was opened again"
	case "person.profile_changed":
		return "What is known of you was changed"
	case "person.roles_changed":
		return "Your roles were changed"
	case "delegation.granted":
		return "Somebody may act for you"
	case "delegation.ended":
		return "Somebody no longer acts for you"
	case "delegation.used":
		return "Somebody acted for you"
	case "membership.granted":
		return "You got a role in an organization"
	case "membership.ended":
		return "Your role in an organization ended"
	}
	return "Something else: " + kind
}

// englishWhy says a reason of an event; those that people cannot make anything of
// are not said.
func englishWhy(reason string) string {
	switch reason {
	case "wrong_password":
		return "The password was wrong"
	case "password_disabled":
		return "The password works only in browsers that you used before"
	case "temporary_expired":
		return "The temporary password had expired"
	case "temporary_spent":
		return "The temporary password was tried too often"
	case "no_password":
		return "There was no password"
	case "suspended":
		return "The account was suspended"
	case "closed":
		return "The account was closed"
	case "abandoned":
		return "Whoever tried did not wait for the answer"
	case "overtaken":
		return "The password was replaced in the same moment"
	case "logout":
		return "By signing out"
	case "idle":
		return "After a time without activity"
	case "absolute":
		return "After the longest time allowed"
	case "replaced":
		return "Another sign-in in the same browser took its place"
	case "password_changed":
		return "The password was changed"
	case "password_reset":
		return "The password was replaced by a temporary one"
	case "password_must_change":
		return "The password had to be changed"
	case "password_compromised":
		return "The password is known to others"
	case "factor_changed", "factor_reset":
		return "A second factor was changed"
	case "operator":
		return "It was ordered from elsewhere"
	case "concurrent_limit":
		return "There were too many at once"
	case "membership_ended", "roles_changed":
		return "Your roles changed"
	case "agreement_withdrawn":
		return "The acceptance of the Use Agreement was withdrawn"
	case "refresh_reuse":
		return "An application used something twice that works once"
	case "not_started":
		return "The sign-in could not be finished"
	}
	return "Reason: " + reason
}

func englishWith(what string) string {
	switch what {
	case "passkey":
		return "With a passkey"
	case "code":
		return "With password and code"
	case "password":
		return "With the password"
	}
	return "With: " + what
}
