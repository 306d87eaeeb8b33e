package person

import (
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Directory seals and opens profiles and computes the indexes of people.
type Directory struct {
	Keys *secret.Keyring
}

func place(id string) secret.Place {
	return secret.Place{Table: "person", Column: "profile", Row: id}
}

// Seal puts the profile into the record, whose ID must be set, and the indexes
// that belong to it.
func (d *Directory) Seal(p *storage.Person, profile Profile) error {
	text, err := json.Marshal(profile)
	if err != nil {
		return fmt.Errorf("person: %w", err)
	}
	if p.Profile, err = d.Keys.Seal(place(p.ID), text); err != nil {
		return fmt.Errorf("person: %w", err)
	}
	p.UserIDIndex = d.UserIDIndex(profile.UserID)
	p.NPIIndex, p.EmailIndex = nil, nil
	if profile.NPI != "" {
		p.NPIIndex = d.NPIIndex(profile.NPI)
	}
	if profile.Email != "" {
		p.EmailIndex = d.EmailIndex(profile.Email)
	}
	return nil
}

// Open returns the profile of the record.
func (d *Directory) Open(p storage.Person) (Profile, error) {
	text, err := d.Keys.Open(place(p.ID), p.Profile)
	if err != nil {
		return Profile{}, fmt.Errorf("person: %w", err)
	}
	var profile Profile
	if err := json.Unmarshal(text, &profile); err != nil {
		return Profile{}, fmt.Errorf("person: %w", err)
	}
	return profile, nil
}

// UserIDIndex is the blind index of a User ID, whatever its case.
func (d *Directory) UserIDIndex(userID string) []byte {
	return d.Keys.Index("person.user_id", Fold(userID))
}

// StemIndex is the blind index of what User IDs of equal names have in common.
func (d *Directory) StemIndex(stem string) []byte {
	return d.Keys.Index("user_id_stem.stem", stem)
}

// NPIIndex is the blind index of a National Provider Identifier.
func (d *Directory) NPIIndex(npi string) []byte {
	return d.Keys.Index("person.npi", strings.TrimSpace(npi))
}

// EmailIndex is the blind index of an e-mail address, whatever its case.
func (d *Directory) EmailIndex(email string) []byte {
	return d.Keys.Index("person.email", Fold(email))
}

// Fold is the form in which names are compared: compatible characters are one,
// case does not matter, and nothing stands around them.
func Fold(s string) string {
	return cases.Fold().String(norm.NFKC.String(strings.TrimSpace(s)))
}
