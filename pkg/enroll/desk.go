package enroll

import (
	"context"
	"fmt"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// Desk writes the letters of one person at a time, who is given a temporary
// password: with it alone whoever was told the User ID already, with both whoever
// never was. As those of an import, a letter is on disk before
// the transaction that makes it true commits.
type Desk struct {
	store   storage.Store
	people  *person.Directory
	spool   *spool
	waiting []letter
}

// OpenDesk opens a folder for letters, and settles what a crash left there.
func OpenDesk(ctx context.Context, dir string, head Letterhead, store storage.Store, people *person.Directory) (*Desk, error) {
	s, err := openSpool(dir, head)
	if err != nil {
		return nil, err
	}
	return &Desk{store: store, people: people, spool: s}, s.settle(ctx, store)
}

// Write puts the letter with a temporary password that was issued in this
// transaction on disk, where it waits for Publish, and the one with the User ID
// unless it is known. It returns their reference.
func (d *Desk) Write(ctx context.Context, tx storage.Tx, personID, temporary string, known bool) (reference string, err error) {
	who, err := tx.People().Get(ctx, personID)
	if err != nil {
		return "", fmt.Errorf("letters: %w", err)
	}
	profile, err := d.people.Open(who)
	if err != nil {
		return "", err
	}
	stored, err := tx.Passwords().Get(ctx, personID)
	if err != nil {
		return "", fmt.Errorf("letters: %w", err)
	}
	// A transaction that was tried before and did not commit made no letter.
	d.waiting = []letter{{
		PersonID: personID, Version: stored.Version, Reference: referenceOf(d.people, personID), Known: known,
		Name: profile.Name(), Organization: profile.Organization, Address: profile.Address, Locale: profile.Locale,
		UserID: profile.UserID, TemporaryPassword: temporary, ExpiresAt: stored.ExpiresAt,
	}}
	return d.waiting[0].Reference, d.spool.write(d.waiting)
}

// Publish gives the letter its files, once the transaction has committed.
func (d *Desk) Publish() error { return d.spool.publish(d.waiting) }
