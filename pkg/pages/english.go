package pages

import (
	"fmt"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
)

// English is the catalogue in English.
func English() *Texts {
	return &Texts{
		Lang: "en", Dir: "ltr", Name: "English",
		Common: CommonTexts{
			Panel:        "One sign-in for the people who care for patients.",
			Address:      "The address bar of your browser should show",
			Footer:       "Nobody who works for us will ever ask for your password.",
			Help:         "Need help?",
			ProblemTitle: func(title string) string { return "Problem: " + title },
			Reference:    "Reference",
			GoTo:         func(application string) string { return "Go to " + application },
			ShowPassword: "Show", HidePassword: "Hide",
			CapsLock:  "Caps Lock is on.",
			Languages: "Language",
			Moment:    func(t time.Time) string { return t.Format("January 2, 2006, 3:04\u00a0PM\u00a0MST") },
			Day:       func(t time.Time) string { return t.Format("January 2, 2006") },
			Wait:      func(d time.Duration) string { return "in " + englishSpan(d) },
			Span:      englishSpan,
		},
		SignIn: SignInTexts{
			Title:           "Sign in",
			For:             func(application string) string { return "to continue to " + application },
			Own:             "to see your account",
			Again:           "This concerns the keys to your account. Show once more that it is you, and you come back to where you were. You stay signed in to your applications.",
			UserID:          "User ID",
			Password:        "Password",
			Temporary:       "First time here?",
			NoAccount:       "No account yet?",
			Apply:           "Apply for one",
			TemporaryDetail: "Use the User ID from your letter and the temporary password that came separately. You will then choose a password of your own.",
			Shared:          "This is a shared or public computer",
			SharedDetail: func(idle string) string {
				return "You are signed out after " + idle + " without activity, and the browser is asked to remember nothing."
			},
			Ended: EndedTexts{
				Idle:        "You were signed out because nothing was done here for a while.",
				Absolute:    "You were signed out because the time for one sign-in was over.",
				Operator:    "You were signed out by an operator. If you do not know why, ask the help desk.",
				Password:    "You were signed out because the password was changed somewhere else. If that was not you, call the help desk at once.",
				Compromised: "You were signed out because the password is known to have been stolen. Another one has to be chosen.",
				Concurrent:  "You were signed out because there was a sign-in somewhere else. If that was not you, call the help desk at once.",
				Membership:  "You were signed out because what gave you access has ended.",

				PasswordReset: "You were signed out because the help desk replaced the password. If you did not ask for that, call the help desk at once.",
				PasswordMust:  "You were signed out because another password has to be chosen.",
				Factor:        "You were signed out because a second step of signing in was changed somewhere else. If that was not you, call the help desk at once.",
				Roles:         "You were signed out because what you do here was changed. Please sign in again.",
				FactorReset:   "You were signed out because the help desk removed the second steps of signing in. If you did not ask for that, call the help desk at once.",
				Account:       "You were signed out because the account was suspended or closed. If you do not know why, ask the help desk.",
				Agreement:     "You were signed out because an agreement was withdrawn. It can be read and accepted again at the next sign-in.",
				Reuse:         "You were signed out to be safe, because an application presented a key that had been used before. Somebody may have copied it. If it happens again, tell the help desk.",
			},
			Afresh: AfreshTexts{
				Late:     "You were away for a while, so please sign in once more. Nothing went wrong, and you will go on where you were.",
				Replaced: "Your password was changed meanwhile, perhaps in another window. Sign in with the newest password.",
				Void:     "This sign-in was ended meanwhile, because your password or a second factor was changed, or because you were signed out everywhere. Please sign in once more.",
			},
			Submit:          "Sign in",
			Cancel:          "Cancel and go back",
			ForgotPassword:  "Forgot your password?",
			ForgotUserID:    "Forgot your User ID?",
			MissingUserID:   "Enter your User ID.",
			MissingPassword: "Enter your password.",
			Wrong:           "The User ID or the password is not right. Check both and try again. A temporary password works once, and only until the date in your letter. If you are sure of both, use a browser that you have signed in with before, or call the help desk.",
			Limited: func(wait string) string {
				return "There were too many attempts. Your account is safe, and nothing is lost. Try again " + wait + "."
			},
			Busy: func(wait string) string {
				return "Many people are signing in just now. Try again " + wait + "."
			},
		},
		ChoosePassword: ChoosePasswordTexts{
			First: Reason{
				Title: "Choose your personal password",
				Text:  "Welcome. Your temporary password has done its work. From now on you sign in with a password that only you know.",
			},
			Expired: Reason{
				Title: "Your password has expired",
				Text:  "What you entered was right. Your organization asks for a new password from time to time, and it is time now. Choose one, and you go on to where you wanted to be.",
			},
			Operator: Reason{
				Title: "Choose a new password",
				Text:  "What you entered was right. Your organization has asked for a new password. Choose one, and you go on to where you wanted to be.",
			},
			Compromised: Reason{
				Title: "Your password is no longer safe",
				Text:  "What you entered was right, but this password is in a collection of stolen passwords that others have. Choose a new one, and change it wherever else you use it.",
			},
			Guessed: Reason{
				Title: "Somebody tried to guess your password",
				Text:  "They did not find it, and it was switched off everywhere but in browsers that you have used before. Choose a new one, and you can sign in everywhere again.",
			},
			Alone: Reason{
				Title: "Choose a longer password",
				Text:  "What you entered was right, but this password was enough only together with a second step at the sign-in, and you have none now. Choose one that is enough by itself.",
			},
			Own: Reason{
				Title: "Choose a new password",
				Text:  "From then on, only the new password works.",
			},
			Minimum: func(n int) string {
				return fmt.Sprintf("At least %d characters. Longer is better.", n)
			},
			Rules: []string{
				"Any characters, spaces too. A few unrelated words are easy to remember and hard to guess.",
				"Not your name or User ID, not a well-known password, and not one you use elsewhere.",
			},
			UserID:    "User ID",
			New:       "New password",
			Confirm:   "New password again",
			Submit:    "Save and continue",
			Missing:   "Enter the password you want.",
			Different: "The two passwords are not the same. Enter the password again, twice.",
			Busy: func(wait string) string {
				return "Many people are signing in just now, and your password was not saved. Try again " + wait + "."
			},
			Remaining: "{n} more to go.",
			Enough:    "Long enough.",
			Strength: func(s password.Strength) string {
				return "Strength of the password that you entered: " + s.String() + "."
			},
		},
		RenewPassword: RenewPasswordTexts{
			Title: "Change your password soon",
			Expires: func(days int) string {
				switch days {
				case 0:
					return "Your password expires today."
				case 1:
					return "Your password expires in 1 day."
				}
				return fmt.Sprintf("Your password expires in %d days.", days)
			},
			Old:    "Your password is old. You may keep it, but a new one is a good idea from time to time.",
			Choice: "Change it now, which takes a minute, or go on and be asked again tomorrow.",
			Soon:   "Change it now, which takes a minute, or go on. Once it has expired, you choose a new one when you next sign in.",
			Now:    "Change it now",
			Later:  "Later",
		},
		SecondFactor: SecondFactorTexts{
			Title:          "One more step",
			Text:           "Your account asks for something that only you have.",
			Code:           "Code from your authenticator app",
			Submit:         "Continue",
			Lost:           "I cannot use my authenticator app",
			Recovery:       "Recovery code",
			RecoveryHint:   "One of the ten codes that you kept when you set this up. Each works once.",
			RecoverySubmit: "Use this recovery code",
			Help:           "If none of this works, call the help desk. They will ask you to prove who you are.",
			HelpPasskey:    "If you cannot use your passkey, call the help desk. They will ask you to prove who you are.",
			Missing:        "Enter a code.",
			Wrong:          "That code is not right, or it was used before. Wait for the next one and try again.",
			WrongRecovery:  "That recovery code is not right, or it was used before. Check it, or use another one.",
			Disabled:       "There were too many wrong codes, and codes do not work any more. Call the help desk.",
		},
		Passkey: PasskeyTexts{
			Name:     "Passkey",
			SignIn:   "Sign in with a passkey",
			Use:      "Use your passkey",
			Failed:   "That did not work, or it was canceled. Try again, or go on in another way.",
			Wrong:    "That passkey did not work here. Try again, or go on in another way.",
			Late:     "That took too long. Try again.",
			NoScript: "Passkeys need JavaScript, which is switched off in this browser.",
		},
		SetUpFactor: SetUpFactorTexts{
			Title:         "Protect your account",
			Text:          "Your organization asks for a second proof besides the password, so that somebody who learns your password cannot use it.",
			PasskeyText:   "Your device keeps a key that opens with your fingerprint, your face or its PIN. It works on this site only, so nobody can trick you out of it, and you sign in without a password.",
			PasskeySubmit: "Set up a passkey",
			App:           "Authenticator app",
			AppText:       "An app on your telephone shows a code of six digits, which you enter when you sign in.",
			AppSubmit:     "Set up an authenticator app",
		},
		SetUpTOTP: SetUpTOTPTexts{
			Title:    "Set up an authenticator app",
			Scan:     "Open the app on your telephone, add an account, and scan this picture.",
			Picture:  "Picture to scan with an authenticator app. The same stands below as text.",
			Type:     "If you cannot scan it, enter this key in the app. Show it to nobody.",
			Code:     "Code that the app shows now",
			Name:     "Name for this app (optional)",
			NameHint: "So that you recognize it later, such as “my telephone”.",
			Submit:   "Save and continue",
			Back:     "Back",
			Wrong:    "That code is not right. Enter the one that the app shows now.",
		},
		RecoveryCodes: RecoveryCodesTexts{
			Title:    "Keep your recovery codes",
			Text:     "If you lose your telephone or your passkey, each of these codes lets you in once, together with your password. They are shown only now.",
			Keep:     "Print this page or write the codes down, and keep them where you keep other valuable papers; not on this computer if others use it.",
			Continue: "I have kept them. Continue",
		},
		Consent: ConsentTexts{
			Title: "Share your details?",
			Text: func(application string) string {
				return application + " asks to know who you are. It will be told:"
			},
			Device: func(application string) string {
				return "A device wants to use " + application + " in your name. Say yes only if the device is in front of you, or with somebody you trust. It will be told:"
			},
			As:     "You are signed in as",
			Scope:  englishScope,
			Allow:  "Yes, allow",
			Refuse: "No, do not allow",
		},
		Agreement: AgreementTexts{
			Title:   "Use Agreement",
			Text:    "Read the agreement and say whether you accept it. You can use the service only with it.",
			Version: "Version:",
			Accept:  "I have read this agreement and I accept it.",
			Missing: "Tick the box to say that you have read the agreement and accept it.",
			Submit:  "Accept and continue", Decline: "I do not accept",
			Later: func(until time.Time) string {
				return "You can do this another day, until " + until.Format("Monday, January 2, 2006, 3:04\u00a0PM\u00a0MST") + "."
			},
			LaterSubmit:   "Another day",
			DeclinedTitle: "You did not accept the agreement",
			DeclinedText:  "That is your decision, and nothing was done in your name. Without the agreement we cannot let you in.",
			DeclinedAgain: "If you have questions about it, ask before you try again: you will be shown the agreement once more when you next sign in.",
			DeclinedGo:    "Go back to the application",
		},
		Device: DeviceTexts{
			Title:   "Connect a device",
			Text:    "Enter the code that the device shows.",
			Code:    "Code",
			Caution: "Did somebody send you this code, or read it to you? Then stop: whoever has the device would be signed in as you.",
			Submit:  "Continue",
			Missing: "Enter the code.",
			Unknown: "This code is not right, or it is over. Compare it with the device, or start again there.",
			Limited: func(wait string) string {
				return "Too many codes were tried from here. Try again " + wait + "."
			},
			Connected: Advice{
				Title: "The device is connected", Text: "It continues by itself in a few seconds.", Forward: "You can close this page.",
			},
			Refused: Advice{
				Title: "The device was not connected", Text: "You said no. The device has been told.", Forward: "You can close this page.",
			},
		},
		Apply: ApplyTexts{
			Title:          "Apply for an account",
			Text:           "For clinicians and their staff. Somebody reads every application; nothing here is decided by a machine.",
			RequiredNote:   "Fields with a star must be filled in.",
			Field:          englishField,
			CredentialHint: "For example MD, RN or PA-C",
			NPIHint:        "Ten digits. Leave it empty if you have none.",
			Problem:        "Something is not right yet. Look at the fields that are marked below; what you wrote is still there.",
			Wrong:          func(f person.Flaw) string { return "This " + f.String() + "." },
			Limited: func(wait string) string {
				return "Many applications came from here. What you wrote was not sent. Try again " + wait + "."
			},
			Submit:            "Send application",
			CautionTitle:      "What we do not ask for",
			Caution:           "No password, no Social Security number, no date of birth, nothing about a patient. Please do not write any of these here.",
			ReceivedTitle:     "Your application was received",
			ReceivedText:      "Somebody reads it and decides. If you are to have an account, you get a User ID and, separately, a temporary password.",
			ReceivedReference: "Your reference:",
			ReceivedForward:   "Keep the reference for questions. You can close this page.",
		},
		Forgotten: ForgottenTexts{
			Password: Question{
				Title: "Forgot your password?", Text: "Enter your User ID. A link to choose a new password goes to the email address on file.",
				Label: "User ID", Submit: "Send me a link", Other: "I do not know my User ID either",
			},
			UserID: Question{
				Title: "Forgot your User ID?", Text: "Enter your email address. If it is the one on file, your User ID is sent there.",
				Label: "Email address", Submit: "Send me my User ID", Other: "I know my User ID, but not my password",
			},
			HelpDesk: "Never signed in yet, no mail, or a different address by now? Only the help desk can help then.",
			Missing:  "Enter what is asked for, at most 254 characters.",
			Limited: func(wait string) string {
				return "Many people have asked from here. Nothing was sent. Try again " + wait + "."
			},
			Asked: Advice{
				Title:   "Check your email",
				Text:    "If what you entered is on file with us, a message is on its way to the address that we have. It usually takes a minute. We say the same to everybody, so that nobody can find out who has an account.",
				Forward: "Nothing came? Look in the junk mail, then call the help desk. Only the newest link works.",
			},
		},
		Recover: RecoverTexts{
			Title: "Choose a new password", Text: "The link was right. Choose a password, and it takes the place of the one that you forgot.",
			Submit: "Save", Note: "You are then signed out everywhere, and a notice goes to your email address.",
			Done: Advice{
				Title: "Your new password works", Text: "You are signed out everywhere, and a notice is on its way to your email address.",
				Forward: "Open the application that you want to use, and sign in with your User ID and the new password. You can close this page.",
			},
		},
		Temporary: TemporaryTexts{
			Title: "Your temporary password", Text: "It is shown once, to whoever presses the button. Do it when nobody looks over your shoulder.",
			Submit: "Show it", Note: "You need your User ID as well, which came apart from this.",
			ShownTitle: "This is your temporary password", ShownText: "Write it down or copy it: it is not shown again.",
			Until:   func(moment string) string { return "It works once, until " + moment + "." },
			Forward: "Open the application that you want to use, and sign in with your User ID and this password. You then choose a password of your own.",
		},
		Account:       englishAccountTexts(),
		Profile:       englishProfile(),
		Factors:       englishFactors(),
		ChooseAccount: englishChooseAccount(),
		Applications:  englishApplications(),
		Activity:      englishActivity(),
		ActFor:        englishActFor(),
		Delegations:   englishDelegations(),
		Agreements:    englishAgreements(),
		ChangePassword: ChangePasswordTexts{
			Title: "Change your password", Text: "From then on, only the new password works.",
			Current: "Current password", Submit: "Change password",
			Others: "Sign me out everywhere else", OthersDetail: "Other browsers and devices in which you are signed in have to sign in again.",
			MissingCurrent: "Enter your current password.", WrongCurrent: "The current password is not right. Enter it again.",
			TooSoon: func(wait string) string {
				return "You changed it twice in a short time. You can change it again " + wait + "."
			},
			TooSoonForward: "If somebody else knows it, do not wait: sign out everywhere else on the page “Where you are signed in”, and call the help desk.",
			Done: Advice{
				Title: "Your password was changed", Text: "The new one works from now on.",
				Forward: "You can close this page, and go on in your application.",
			},
		},
		AccountSessions: AccountSessionsTexts{
			Title: "Where you are signed in", Text: "Sign out where you do not recognize something, then change your password.",
			Here: "this browser", Since: "Signed in", Last: "Last used", Address: "From the address", Application: "Used",
			Unknown: "Unknown browser", End: "Sign out there", Others: "Sign out everywhere else", SignOut: "Sign out here",
			Alone: "You are signed in nowhere else.",
		},
		Elsewhere: ElsewhereTexts{
			Title: "You are signed in elsewhere",
			Text:  "What you entered was right. Your organization wants you to be signed in at no more places than these at once.",
			May:   "Sign out there, if you have finished there, and you go on here at once. What was not saved there is lost.",
			Wait:  "Go there and sign out, or wait until that session ends by itself. Then try again here. If it is not you who is signed in there, call for help now.",
			Ends:  "Ends, if nobody does anything there,", End: "Sign out there and go on here", Again: "Try again",
		},
		Manage: ManageTexts{
			Title: "Manage access", HomeText: "These are the organizations whose staff you manage.", None: "You manage the staff of no organization. An operator can change that.",
			RosterText: "Who has which access here. Remove what is no longer needed.", Empty: "Nobody has access here yet.",
			Grant: "Give somebody access", Invite: "Invite somebody who has no account", Next: "Show more", Remove: "Remove", Back: "Back to the list",
			UserID: "User ID", NeedIs: "Needed for", Since: "Since", Until: "Until", Used: "Last used",
			Never: "no end date", Unused: "never", Factor: "Has a second factor", NoFactor: "Has no second factor",
			Account: englishAccount, Role: plainRole,
			GrantTitle: "Give somebody access", GrantSubmit: "Give access",
			GrantText:  "Only people who need it for their work, and only for as long as they do. They are bound by the same agreement as you.",
			FamilyName: "Last name", RoleLabel: "Role", Need: "What do they need it for?", NeedHint: "One line that others will read when they review it. Write nothing about patients.",
			Last: "Last day", WrongEnd: "Enter the last day of the access.", NoRole: "There is no role that you may give here. An operator can change that.",
			Refused:     englishRefusal,
			RemoveTitle: "Remove this access?", RemoveSubmit: "Remove now",
			RemoveText:  "It ends at once, and so do the sessions that rest on it.",
			InviteTitle: "Invite somebody", InviteSubmit: "Send the invitation",
			InviteText:   "An operator checks what you write and makes the account. The person receives a User ID and a temporary password; you see neither the password nor choose it.",
			InvitedTitle: "The invitation was sent", InvitedText: "Your reference is",
			InvitedNext: "Once the account is there, the person tells you the User ID, and you give the access.",
		},
		SignOut: SignOutTexts{
			Title:  "Sign out?",
			Text:   "This ends your session here, and the applications that you opened with it can no longer renew theirs. Save your work there first.",
			Submit: "Sign out",
			Stay:   "Stay signed in",
		},
		SigningOut: SigningOutTexts{
			Title:    "Signing you out",
			Text:     "The applications that you used are told. This takes a moment.",
			Continue: "Continue",
			Frame:    "An application signs you out",
		},
		SignedOut: SignedOutTexts{
			Title:       "You are signed out",
			Text:        "Your session here is over. Close the applications that you still have open, or sign out there as well.",
			SharedTitle: "Leaving a shared computer?",
			SharedSteps: []string{
				"Close every window of this browser. That clears pages it may still hold.",
				"If the browser offered to save your password, open its settings and remove it.",
				"Do not leave your User ID or a password on paper at the desk.",
			},
			Again: "To sign in again, open the application that you want to use.",
			Told:  "Signed out as well", Waiting: "Told, but without an answer so far; they are told again",
			Open: "Sign out there yourself, or close it", Look: "See whether they have answered by now",
		},
		Security: englishSecurity(),
		Home: HomeTexts{
			Title:        "Sign-in service",
			Text:         "This address confirms who you are when an application asks for it. On its own it shows your account, and nothing else.",
			BeginTitle:   "Want to sign in?",
			Begin:        "Open the application that you want to use, by its bookmark or its address. It brings you here when it is time.",
			CautionTitle: "Did a message bring you here?",
			Caution:      "We never ask for a password by mail or telephone. Close this page and open your application yourself.",
			SignOut:      "Sign out",
		},
		Stale: Advice{
			Title:   "This sign-in is over",
			Text:    "It was completed, it took too long, or it was begun in another browser. Nothing went wrong with your account.",
			Forward: "Open the application that you want to use again. It starts a new sign-in.",
		},
		LinkOver: Advice{
			Title:   "This link does not work",
			Text:    "It was used, it is too old, or a newer one was sent. Only the newest link works, and once.",
			Forward: "Ask for another one where you asked for this, or call the help desk.",
		},
		Trouble: func(t flow.Trouble) Reason {
			title, text := t.English()
			return Reason{Title: title, Text: text}
		},
		// What services say is English.
		Refused: RefusedTexts{
			Password: func(r *password.Refusal) string { return r.Message },
			Problem:  func(e *problem.Error) string { return e.Message },
			Other:    "What you entered cannot be accepted. Try it another way, or call the help desk.",
		},
		Faults: FaultTexts{
			NotFound: Advice{
				Title:   "There is no page here",
				Text:    "The address may be incomplete or out of date.",
				Forward: "Open the application that you want to use. It brings you to the right place.",
			},
			NotAllowed: Advice{
				Title:   "That does not work here",
				Text:    "The address exists, but not for what was asked of it.",
				Forward: "Open the application that you want to use. It brings you to the right place.",
			},
			Denied: Advice{
				Title:   "This is not allowed",
				Text:    "You may not do this.",
				Forward: "If you think that you should, give the help desk the reference below.",
			},
			Foreign: Advice{
				Title:   "This was stopped for your safety",
				Text:    "The request did not come from a page of ours, or your browser is too old to say where it came from.",
				Forward: "Open the application that you want to use and try again, with an up-to-date browser.",
			},
			Invalid: Advice{
				Title:   "This request cannot be understood",
				Text:    "Something in it is missing or damaged. The fault is usually in the application that sent you here.",
				Forward: "Go back to that application and try again. If it happens again, tell its help desk.",
			},
			TooLarge: Advice{
				Title:   "That is too much",
				Text:    "The request is larger than this page takes.",
				Forward: "Go back and send less.",
			},
			Limited: Advice{
				Title:   "Too many attempts",
				Text:    "There were too many attempts in a short time. Your account is safe, and nothing is lost.",
				Forward: "Wait a little before you try again.",
			},
			Busy: Advice{
				Title:   "We are very busy",
				Text:    "Your request could not be answered just now. Nothing is lost.",
				Forward: "Wait a little, then reload this page.",
			},
			BusyForm: Advice{
				Title:   "We are very busy",
				Text:    "What you sent was not taken just now. Nothing else is lost.",
				Forward: "Wait a little, then go back to the form and send it again.",
			},
			BackToForm: "Back to the form",
			Internal: Advice{
				Title:   "Something went wrong on our side",
				Text:    "It is not your fault, and it has been recorded.",
				Forward: "Go back and try again. If it happens again, give the help desk the reference below.",
			},
			Retry: func(wait string) string { return "Try again " + wait + "." },
		},
	}
}
