package event

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

// Carried is the name of this carrier in the outbox.
const Carried = "event"

const (
	// interval is how often the log is looked at.
	interval = time.Second
	// batch is how many entries of the log one transaction looks at.
	batch = 200
	// patience is how long a delivery is tried.
	patience = 24 * time.Hour
)

// Worker hands events from the audit log on to the outbox of each subscription. Any
// number of replicas may run it on one store.
type Worker struct {
	Service
	Log *slog.Logger
}

// Run works until ctx ends.
func (w *Worker) Run(ctx context.Context) error {
	return worker.Every(ctx, interval, w.Log, "events out", w.Hand)
}

// Hand hands on everything that is in the log now. One subscription that cannot be
// handed to does not keep the others.
func (w *Worker) Hand(ctx context.Context) error {
	var all []storage.Subscription
	if err := w.Store.View(ctx, func(tx storage.Tx) (err error) {
		all, err = tx.Subscriptions().List(ctx)
		return err
	}); err != nil {
		return fmt.Errorf("event: %w", err)
	}
	var errs []error
	for _, n := range all {
		for more := n.Enabled; more && ctx.Err() == nil; {
			var err error
			if more, err = w.step(ctx, n.ID); err != nil {
				errs = append(errs, fmt.Errorf("event: subscription %s: %w", n.ID, err))
			}
		}
	}
	return errors.Join(errs...)
}

// step hands on one batch: what goes into the outbox and the place in the log are one
// transaction, so that each event is handed on once, whoever dies.
func (w *Worker) step(ctx context.Context, id string) (more bool, err error) {
	err = w.Store.Tx(ctx, func(tx storage.Tx) error {
		more = false
		n, err := tx.Subscriptions().Get(ctx, id)
		if err != nil || !n.Enabled {
			return err
		}
		entries, err := tx.Audit().Entries(ctx, n.Next, batch)
		if err != nil || len(entries) == 0 {
			return err
		}
		if err := tx.Subscriptions().Advance(ctx, id, n.Next, n.Next+int64(len(entries))); err != nil {
			return err
		}
		for _, e := range entries {
			if !slices.Contains(n.Kinds, e.Kind) {
				continue
			}
			if err := hand(ctx, tx, outbox.Box{Keys: w.Keys}, id, e); err != nil {
				return err
			}
		}
		more = len(entries) == batch
		return nil
	})
	if errors.Is(err, storage.ErrStale) || errors.Is(err, storage.ErrNotFound) {
		return false, nil // another replica was faster, or it was removed
	}
	return more, err
}

// data is what is told of an event: ids. A member that the event does not have is
// absent.
type data struct {
	Event        string `json:"event"`
	Place        int64  `json:"place"`
	Outcome      string `json:"outcome"`
	Person       string `json:"person,omitempty"`
	Client       string `json:"client,omitempty"`
	Session      string `json:"session,omitempty"`
	Grant        string `json:"grant,omitempty"`
	Organization string `json:"organization,omitempty"`
	Membership   string `json:"membership,omitempty"`
	Application  string `json:"application,omitempty"`
	Delegation   string `json:"delegation,omitempty"`
	Delegate     string `json:"delegate,omitempty"`
	Subscription string `json:"subscription,omitempty"`
}

// letter is what the outbox keeps: the data, and when the event happened.
type letter struct {
	At   time.Time       `json:"at"`
	Data json.RawMessage `json:"data"`
}

// hand puts an event into the outbox of a subscription.
func hand(ctx context.Context, tx storage.Tx, box outbox.Box, subscription string, e storage.AuditEvent) error {
	var body struct {
		Outcome   string            `json:"outcome"`
		ClientID  string            `json:"client_id"`
		SessionID string            `json:"session_id"`
		GrantID   string            `json:"grant_id"`
		Detail    map[string]string `json:"detail"`
	}
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return err
	}
	told, err := json.Marshal(data{
		Event: e.ID, Place: e.Sequence, Outcome: body.Outcome, Person: e.Subject, Client: body.ClientID, Session: body.SessionID, Grant: body.GrantID,
		Organization: body.Detail["organization"], Membership: body.Detail["membership"], Application: body.Detail["application"],
		Delegation: body.Detail["delegation"], Delegate: body.Detail["delegate"], Subscription: body.Detail["subscription"],
	})
	if err != nil {
		return err
	}
	return box.Put(ctx, tx, outbox.Letter{
		Carrier: Carried, Lane: subscription, Kind: e.Kind, PersonID: e.Subject, To: fmt.Sprintf("%s %s %d", subscription, e.ID, e.Sequence),
		Body: letter{At: e.At, Data: told}, ValidFor: patience,
	})
}
