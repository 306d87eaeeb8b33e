package mail

import (
	"context"
	"errors"
	"fmt"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// Notices tells people of what became of their accounts.
type Notices struct {
	Post   *Post
	People *person.Directory
}

// Tell writes to every notification address of a person, in the caller's
// transaction, so that there is no change of which nobody is told. An address that
// cannot be written to is passed over.
func (n *Notices) Tell(ctx context.Context, tx storage.Tx, personID string, m Message) error {
	who, err := tx.People().Get(ctx, personID)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	profile, err := n.People.Open(who)
	if err != nil {
		return err
	}
	return n.TellAt(ctx, tx, personID, profile.Locale, profile.Addresses(), m)
}

// TellAt does the same at given addresses.
func (n *Notices) TellAt(ctx context.Context, tx storage.Tx, personID, language string, addresses []string, m Message) error {
	for _, a := range addresses {
		err := n.Post.Send(ctx, tx, To{PersonID: personID, Address: a, Language: language}, m, 0)
		if err != nil && !errors.Is(err, errAddress) {
			return err
		}
	}
	return nil
}
