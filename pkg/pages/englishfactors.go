package pages

import "fmt"

func englishFactors() FactorsTexts {
	return FactorsTexts{
		Title: "Second factors", Text: "What you prove yourself with, besides your password. Have two of them: then losing one is no harm.",
		None: "You have none. Your password alone opens your account.", Kind: englishFactorKind,
		Added:     func(moment string) string { return "Added on " + moment },
		Used:      func(moment string) string { return "Last used on " + moment },
		Unused:    "Never used",
		Verified:  "Checks your fingerprint, face or PIN",
		OneDevice: "Stays on one device", Unverified: "Did not check who used it",
		Copied: "Can be copied between your devices, and has no backup yet", BackedUp: "Is copied between your devices, and backed up there",
		Suspect: "Somebody may have a copy of it, so it does not work any more. Remove it, set up another one, and tell the help desk",
		Rename:  "Rename", Remove: "Remove", Replace: "Replace",
		Kept:     "Your work here requires it. Add another one before you remove it.",
		AddTitle: "Add another one", AddFirst: "Add your first one", AddPasskey: "Add a passkey", AddApp: "Add an authenticator app", Full: "You have ten, and that is the most.",
		CodesTitle: "Recovery codes",
		CodesLeft: func(n int) string {
			switch n {
			case 0:
				return "None is left."
			case 1:
				return "1 is left."
			}
			return fmt.Sprintf("%d are left.", n)
		},
		CodesAt:     func(moment string) string { return "They were made on " + moment + "." },
		Draw:        "Get new codes",
		RenameTitle: "Give it another name", NewName: "Name (optional)", NewNameHint: "So that you recognize it later, such as “office computer”.",
		RenameSubmit: "Save", BadName: "Use at most 60 characters that can be shown.",
		RemoveTitle: "Remove this from your account?", RemoveText: "It cannot be used to sign in any more. Remove it from the device as well, where it is kept.",
		RemoveLast:   "It is your last one: your recovery codes go with it, and your password alone opens your account.",
		RemoveSubmit: "Remove now", PasskeyTitle: "Add a passkey",
		PasskeyText: "Your device, or a security key, keeps it and opens it with your fingerprint, face or PIN. Do it on a device that only you use.",
		DrawTitle:   "Get new recovery codes?", DrawText: "You see ten new codes, once. The ones that you have now stop working.", DrawSubmit: "Show me new codes",
		Back: "Back to the list",
	}
}

func englishFactorKind(kind string) string {
	switch kind {
	case "passkey":
		return "Passkey"
	case "totp":
		return "Authenticator app"
	}
	return kind
}
