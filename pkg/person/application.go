package person

import (
	"encoding/json"
	"fmt"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

func applicationPlace(id string) secret.Place {
	return secret.Place{Table: "application", Column: "profile", Row: id}
}

// SealApplication puts the profile into the application, whose ID must be set,
// and the index that belongs to it.
func (d *Directory) SealApplication(a *storage.Application, profile Profile) error {
	text, err := json.Marshal(profile)
	if err != nil {
		return fmt.Errorf("person: %w", err)
	}
	if a.Profile, err = d.Keys.Seal(applicationPlace(a.ID), text); err != nil {
		return fmt.Errorf("person: %w", err)
	}
	a.NPIIndex = nil
	if profile.NPI != "" {
		a.NPIIndex = d.NPIIndex(profile.NPI)
	}
	return nil
}

// OpenApplication returns the profile of the application.
func (d *Directory) OpenApplication(a storage.Application) (Profile, error) {
	text, err := d.Keys.Open(applicationPlace(a.ID), a.Profile)
	if err != nil {
		return Profile{}, fmt.Errorf("person: %w", err)
	}
	var profile Profile
	if err := json.Unmarshal(text, &profile); err != nil {
		return Profile{}, fmt.Errorf("person: %w", err)
	}
	return profile, nil
}
