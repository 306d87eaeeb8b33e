package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/relying"
)

// fact is one thing that the provider said, in plain words.
type fact struct {
	Label, Value, Note string
}

func greeting(s relying.Session) string {
	for _, name := range []string{"name", "preferred_username", "sub"} {
		if text := s.UserInfo.Text(name); text != "" {
			return text
		}
	}
	return s.IDToken.Subject
}

// facts are what a person wants to know of the claims.
func facts(s relying.Session, zone *time.Location) []fact {
	var all []fact
	add := func(label, value, note string) {
		if value != "" {
			all = append(all, fact{label, value, note})
		}
	}
	claim := s.UserInfo.Text
	if s.IDToken.Actor != nil {
		add("Acting for", claim("name"), "What follows is about this person. You signed in as yourself.")
		add("Who acts", s.IDToken.Actor.Person(), "The subject of who signed in; a real application records both.")
		if d := s.IDToken.Delegation; d != nil {
			add("What for", d.Purpose, "Until "+d.Expiry.In(zone).Format("2 January 2006, 15:04")+".")
		}
		add("User ID", claim("preferred_username"), "")
	} else {
		add("Who you are", claim("name"), "")
		add("Your User ID", claim("preferred_username"), "What you type to sign in.")
	}
	add("Your organization", claim("organization"), "")
	add("Your NPI", claim("npi"), "National Provider Identifier, from your enrollment.")
	add("Your license", strings.TrimSpace(claim("license_number")+" "+claim("license_state")), "")
	add("Your specialty", claim("taxonomy"), "Taxonomy code of your enrollment.")
	add("Your e-mail", claim("email"), verified(s.UserInfo["email_verified"]))
	add("Your phone", claim("phone_number"), verified(s.UserInfo["phone_number_verified"]))
	if !s.IDToken.AuthTime.IsZero() {
		add("When you signed in", s.IDToken.AuthTime.In(zone).Format("Monday, 2 January 2006, 15:04:05"), "")
	}
	add("How you signed in", methods(s.IDToken.AMR), "")
	return all
}

func verified(claim any) string {
	if yes, ok := claim.(bool); ok && !yes {
		return "Not verified."
	}
	return ""
}

// methods spells the amr values of RFC 8176 section 2 out.
func methods(amr []string) string {
	words := map[string]string{
		"pwd": "with your password", "otp": "with a one-time code", "hwk": "with a security key or passkey",
		"swk": "with a passkey", "pin": "with a PIN", "mfa": "with more than one factor", "user": "in person",
	}
	var spelt []string
	for _, m := range amr {
		if w, ok := words[m]; ok {
			spelt = append(spelt, w)
			continue
		}
		spelt = append(spelt, m)
	}
	return strings.Join(spelt, ", ")
}

// received are all claims of the ID token and of UserInfo as they came.
func received(s relying.Session) []fact {
	var all []fact
	list := func(from string, claims map[string]any) {
		for _, name := range slices.Sorted(maps.Keys(claims)) {
			text, err := json.Marshal(claims[name])
			if err != nil {
				text = []byte(err.Error())
			}
			all = append(all, fact{name, string(text), from})
		}
	}
	list("ID token", s.IDToken.Claims)
	list("UserInfo", s.UserInfo)
	return all
}

// spell writes a duration as a person would.
func spell(d time.Duration) string {
	unit, name := time.Second, "second"
	if d >= time.Minute && d%time.Minute == 0 {
		unit, name = time.Minute, "minute"
	}
	n := int(d / unit)
	if n != 1 {
		name += "s"
	}
	return fmt.Sprintf("%d %s", n, name)
}
