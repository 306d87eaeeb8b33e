package mail

import (
	"context"
	"fmt"
	"strconv"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/storage"
)

// Log is what was sent, without what it said.
type Log struct {
	Store storage.Store
	Box   outbox.Box
}

// Logged is one parcel, and where it went.
type Logged struct {
	storage.Parcel
	To string
}

// List returns up to limit parcels that pass a filter, the newest first: those before an
// id when it is not empty. That they were read is recorded.
func (l *Log) List(ctx context.Context, of storage.ParcelFilter, before string, limit int, by audit.Actor) ([]Logged, error) {
	var found []storage.Parcel
	if err := l.Store.Tx(ctx, func(tx storage.Tx) (err error) {
		if found, err = tx.Outbox().List(ctx, of, before, limit); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.MailRead, Outcome: audit.OutcomeAllow, Actor: by, Subject: of.PersonID, Detail: map[string]string{"count": strconv.Itoa(len(found))},
		})
	}); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	var all []Logged
	for _, p := range found {
		to, err := l.Box.Address(p)
		if err != nil {
			return nil, err
		}
		all = append(all, Logged{p, to})
	}
	return all, nil
}
