package backchannel

import (
	"context"
	"errors"
	"fmt"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Redeliver tells an application of the end of a session once more, whatever became
// of it before: one that has lost what it confirmed may hear it again. With a
// clientID, only a line of that application.
func (l *Logouts) Redeliver(ctx context.Context, clientID, id string, by audit.Actor) (line storage.Logout, err error) {
	err = l.Store.Tx(ctx, func(tx storage.Tx) error {
		line, err = tx.Logouts().Get(ctx, id)
		if errors.Is(err, storage.ErrNotFound) || err == nil && clientID != "" && line.ClientID != clientID {
			return problem.New(problem.NotFound, "There is no such line in the ledger. A line is kept for thirty days after it is settled.")
		}
		if err != nil {
			return err
		}
		if line, err = tx.Logouts().Redeliver(ctx, id, tx.Now()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.LogoutOrdered, Outcome: audit.OutcomeAllow, Actor: by, Subject: line.PersonID, ClientID: line.ClientID, SessionID: line.SessionID,
		})
	})
	if err != nil {
		return storage.Logout{}, fmt.Errorf("backchannel: %w", err)
	}
	l.Wake()
	return line, nil
}
