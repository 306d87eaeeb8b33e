package enroll

import (
	"context"
	"errors"
	"fmt"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// maxCollisions bounds the search for a free User ID. A stem counts its people,
// so a collision needs another stem that ends in a number.
const maxCollisions = 1000

// opener makes accounts of profiles.
type opener struct {
	people  *person.Directory
	pattern Pattern
	// id is that of the account, where it is known before; otherwise a new one is
	// drawn.
	id string
}

// open makes an account in the caller's transaction and returns the profile
// with the User ID that it got. detail says in the audit log where it came from.
func (a opener) open(ctx context.Context, tx storage.Tx, profile person.Profile, by audit.Actor, detail map[string]string) (storage.Person, person.Profile, error) {
	before, after := a.pattern.Stem(profile)
	stem := a.people.StemIndex(before + "\x00" + after)
	who := storage.Person{
		ID: a.id, Subject: secret.NewID(), State: storage.PersonApproved, CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1,
	}
	if who.ID == "" {
		who.ID = secret.NewID()
	}
	for range maxCollisions {
		n, err := tx.People().NextOrdinal(ctx, stem)
		if err != nil {
			return who, profile, err
		}
		profile.UserID = UserID(before, after, n)
		if err := a.people.Seal(&who, profile); err != nil {
			return who, profile, err
		}
		err = tx.People().Insert(ctx, who)
		if errors.Is(err, storage.ErrConflict) {
			continue
		}
		if err != nil {
			return who, profile, err
		}
		return who, profile, audit.Record(ctx, tx, audit.Event{
			Kind: audit.PersonApproved, Outcome: audit.OutcomeAllow, Actor: by, Subject: who.ID, Detail: detail,
		})
	}
	return who, profile, fmt.Errorf("no User ID is free after %d tries", maxCollisions)
}
