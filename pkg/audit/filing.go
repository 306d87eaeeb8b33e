package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/claviger-id/claviger/storage"
)

// noOutcome is the outcome of an event without any, and of what is no event of ours.
const noOutcome = "none"

// filing is by what an event is found besides its kind, its subject and its time.
func (b body) filing() storage.Filing {
	return storage.Filing{
		Actor: b.Actor.ID, ClientID: b.ClientID, Organization: b.Detail["organization"], Outcome: cmp.Or(string(b.Outcome), noOutcome),
	}
}

// filed are events as they get their places.
func filed(events []storage.AuditEvent) []storage.PlacedEvent {
	out := make([]storage.PlacedEvent, len(events))
	for i, e := range events {
		var b body
		if json.Unmarshal(e.Body, &b) != nil {
			b = body{}
		}
		out[i] = storage.PlacedEvent{ID: e.ID, Filing: b.filing()}
	}
	return out
}

// oldBatches is how many batches of events from before are filed at a time.
const oldBatches = 4

// fileOld files events that were placed by a program that did not file any.
func (s *Sequencer) fileOld(ctx context.Context) error {
	for range oldBatches {
		var old []storage.AuditEvent
		if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
			old, err = tx.AuditFiling().Unfiled(ctx, batchSize)
			return err
		}); err != nil || len(old) == 0 {
			return err
		}
		if err := s.Store.Tx(ctx, func(tx storage.Tx) error { return tx.AuditFiling().File(ctx, filed(old)) }); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
	}
	return nil
}
