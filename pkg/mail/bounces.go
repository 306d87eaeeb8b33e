package mail

import (
	"context"
	"errors"
	"fmt"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// Bounces notes what came back after the relay had taken it over.
type Bounces struct{ Store storage.Store }

// Noted is what a notification led to.
type Noted struct {
	// Changed says that the mail was sent, and is bounced now.
	Changed bool
	// State is what the mail is after it.
	State storage.ParcelState
}

// Note marks the mail of a notification as bounced when that is final; otherwise,
// and when the mail is anything but sent, it changes nothing. ErrUnknown when
// there is no such mail.
func (b *Bounces) Note(ctx context.Context, n Notification, by audit.Actor) (done Noted, err error) {
	err = b.Store.Tx(ctx, func(tx storage.Tx) error {
		done = Noted{}
		p, err := tx.Outbox().Get(ctx, n.Mail)
		if err == nil && p.Carrier != Carrier {
			err = storage.ErrNotFound
		}
		if errors.Is(err, storage.ErrNotFound) {
			return ErrUnknown
		}
		if err != nil {
			return fmt.Errorf("mail: %w", err)
		}
		done.State = p.State
		if !n.Final {
			return nil
		}
		err = tx.Outbox().Bounce(ctx, p.ID, "it came back: "+n.Status)
		if errors.Is(err, storage.ErrStale) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("mail: %w", err)
		}
		done = Noted{Changed: true, State: storage.ParcelBounced}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.MailBounced, Outcome: audit.OutcomeDeny, Actor: by, Subject: p.PersonID,
			Detail: map[string]string{"template": p.Kind, "mail": p.ID, "status": n.Status},
		})
	})
	return done, err
}
