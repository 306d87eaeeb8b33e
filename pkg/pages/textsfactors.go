package pages

// FactorsTexts are those of the pages of what somebody has besides the password.
type FactorsTexts struct {
	Title, Text string
	// None is for who has nothing.
	None string
	// Kind says what it is: passkey or totp.
	Kind func(kind string) string
	// Added and Used take a moment; Unused is for what was never used.
	Added, Used func(moment string) string
	Unused      string
	// Verified and the others say what is known of a passkey.
	Verified, Unverified        string
	OneDevice, Copied, BackedUp string
	// Suspect is said of a passkey of which there may be two.
	Suspect                 string
	Rename, Remove, Replace string
	// Kept is for what policy asks for.
	Kept string
	// AddTitle, AddPasskey and AddApp lead to another one, AddFirst to the first, Full
	// to none.
	AddTitle, AddFirst, AddPasskey, AddApp, Full string

	CodesTitle string
	CodesLeft  func(codes int) string
	CodesAt    func(moment string) string
	Draw       string

	RenameTitle, NewName, NewNameHint, RenameSubmit, BadName string
	RemoveTitle, RemoveText, RemoveLast, RemoveSubmit        string
	PasskeyTitle, PasskeyText                                string
	DrawTitle, DrawText, DrawSubmit                          string
	// Back leads to the list.
	Back string
}
