package backchannel

import (
	"context"
	"strconv"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// Ledger returns lines of the ledger after a place, the newest first, and records that
// an operator read them.
func (l *Logouts) Ledger(ctx context.Context, of storage.LogoutFilter, after storage.LogoutPlace, limit int, by audit.Actor) (found []storage.Logout, err error) {
	err = l.Store.Tx(ctx, func(tx storage.Tx) error {
		if found, err = tx.Logouts().List(ctx, of, after, limit); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.LogoutRead, Outcome: audit.OutcomeAllow, Actor: by, Subject: of.PersonID, ClientID: of.ClientID, Detail: map[string]string{"count": strconv.Itoa(len(found))},
		})
	})
	return found, err
}

// RedeliverUnheard tells an application again of all that it refused or did not answer
// to, and returns how much that was. Each line leaves the list as it is asked for.
func (l *Logouts) RedeliverUnheard(ctx context.Context, clientID string, by audit.Actor) (n int, err error) {
	for _, state := range []storage.LogoutState{storage.LogoutRefused, storage.LogoutGaveUp} {
		for {
			var found []storage.Logout
			if err := l.Store.View(ctx, func(tx storage.Tx) (err error) {
				found, err = tx.Logouts().List(ctx, storage.LogoutFilter{ClientID: clientID, State: state}, storage.LogoutPlace{}, 100)
				return err
			}); err != nil {
				return n, err
			}
			if len(found) == 0 {
				break
			}
			for _, one := range found {
				if _, err := l.Redeliver(ctx, clientID, one.ID, by); err != nil {
					return n, err
				}
				n++
			}
		}
	}
	return n, nil
}

// States are the states that a list can be asked for.
func States() []storage.LogoutState {
	return []storage.LogoutState{storage.LogoutPending, storage.LogoutDelivered, storage.LogoutRefused, storage.LogoutGaveUp}
}
