package pages

func englishProfile() ProfileTexts {
	return ProfileTexts{
		Title: "Your profile", Text: "What is known of you here. It comes from the application for your account.", Field: englishFact,
		NoticesTitle: "Where notices go", Notices: "When your password or a second factor changes, we write to:",
		NoAddress: "We have no email address of yours, and cannot tell you when something changes.",
		Change:    "Others rely on this, so the help desk changes it, once it has made sure that it is you. Tell it at once when an address is not yours any more.",
	}
}

func englishFact(name string) string {
	switch name {
	case "user_id":
		return "User ID"
	case "name":
		return "Name"
	case "taxonomy":
		return "Specialty (taxonomy code)"
	case "roles":
		return "Roles"
	case "address":
		return "Address"
	case "nickname":
		return "Nickname"
	case "page":
		return "Page about you"
	case "picture":
		return "Picture"
	case "website":
		return "Website"
	case "gender":
		return "Gender"
	case "birthdate":
		return "Date of birth"
	case "zoneinfo":
		return "Time zone"
	case "locale":
		return "Language"
	}
	return englishField(name)
}
