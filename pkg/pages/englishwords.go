package pages

import (
	"fmt"
	"strings"
	"time"
)

func englishScope(scope string) string {
	switch scope {
	case "openid":
		return "" // who you are, which the title says
	case "profile":
		return "Your name and User ID"
	case "email":
		return "Your email address"
	case "phone":
		return "Your telephone number"
	case "address":
		return "Your practice address"
	case "provider":
		return "Your NPI, credential, license and organization"
	case "npi":
		return "Your NPI"
	case "org":
		return "The organizations you belong to"
	case "roles":
		return "Your roles in the organizations you belong to"
	case "offline_access":
		return "Access that lasts after you sign out"
	}
	return "Access to: " + scope
}

func englishField(name string) string {
	switch name {
	case "given_name":
		return "First name"
	case "middle_name":
		return "Middle name"
	case "family_name":
		return "Last name"
	case "credential":
		return "Credential"
	case "npi":
		return "National Provider Identifier (NPI)"
	case "license_number":
		return "License number"
	case "license_state":
		return "State of the license"
	case "organization":
		return "Practice or organization"
	case "email":
		return "Email address"
	case "phone":
		return "Telephone"
	}
	return name
}

func englishSpan(d time.Duration) string {
	count := func(n time.Duration, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	n, unit := span(d)
	switch unit {
	case time.Second:
		return count(n, "second")
	case time.Minute:
		return count(n, "minute")
	case time.Hour:
		return count(n, "hour")
	}
	return "a moment"
}

func englishAccount(state string) string {
	switch state {
	case "suspended":
		return "This account is suspended"
	case "closed":
		return "This account is closed"
	case "approved", "credential_issued":
		return "Has not signed in yet"
	case "active":
		return ""
	}
	return "This account is " + state
}

// plainRole makes words of a role: front_desk becomes Front desk.
func plainRole(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + strings.ReplaceAll(name[1:], "_", " ")
}

func englishRefusal(reason string) string {
	switch reason {
	case "unknown_person":
		return "There is no account with this User ID and last name."
	case "oneself":
		return "You cannot give access to yourself. Another administrator or an operator has to do it."
	case "above_ceiling", "unknown_role":
		return "Choose one of the roles that are listed."
	case "end_date":
		return "The last day must not be past, and not further away than the form allows."
	case "need":
		return "Say in one line what the access is needed for."
	case "has_it":
		return "This person has this role here already."
	}
	return "That is not possible (" + reason + "). Go back to the list and look at it again."
}
