package pages

// ChooseAccountTexts are those of the question as whom to go on.
type ChooseAccountTexts struct {
	Title string
	// For takes the name of the application that asks, Own is for pages of ours.
	For func(application string) string
	Own string
	// As stands before a User ID.
	As            string
	Same, Another string
	// Replaces says what another sign-in does to this one.
	Replaces string
	// NotYou stands where a page says who is signed in.
	NotYou string
}

func englishChooseAccount() ChooseAccountTexts {
	return ChooseAccountTexts{
		Title: "Which account?", For: func(application string) string { return application + " asks which account you want to use." },
		Own: "Somebody is signed in here already.", As: "Signed in here:", Same: "Continue with this account", Another: "Use another account",
		Replaces: "As soon as somebody else signs in here, this account is signed out, with the applications that it uses.",
		NotYou:   "Not you? Use another account",
	}
}

func spanishChooseAccount() ChooseAccountTexts {
	return ChooseAccountTexts{
		Title: "¿Qué cuenta desea usar?", For: func(application string) string { return application + " le pide que elija una cuenta." },
		Own: "Aquí ya hay una sesión abierta.", As: "Cuenta con la sesión abierta:", Same: "Continuar con esta cuenta", Another: "Usar otra cuenta",
		Replaces: "En cuanto otra persona inicie sesión aquí, se cerrará la sesión de esta cuenta y de las aplicaciones que usa.",
		NotYou:   "¿No es usted? Usar otra cuenta",
	}
}
