package session

import (
	"context"
	"fmt"
	"slices"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// clientPage is how many applications are read at once.
const clientPage = 200

// EndFor ends the sessions of a person in which one of some applications took
// part, and the grants of these applications that would outlive them. It can be
// done again.
func (s *Service) EndFor(ctx context.Context, personID string, touched func(storage.Client) bool, reason Reason) error {
	ids := map[string]bool{}
	if err := s.Store.View(ctx, func(tx storage.Tx) error {
		for after := ""; ; {
			all, err := tx.Clients().List(ctx, after, clientPage)
			if err != nil {
				return err
			}
			for _, c := range all {
				after = c.ID
				if touched(c) {
					ids[c.ID] = true
				}
			}
			if len(all) < clientPage {
				return nil
			}
		}
	}); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if _, err := s.endSome(ctx, personID, reason, func(record storage.Session) bool {
		return slices.ContainsFunc(record.Clients, func(id string) bool { return ids[id] })
	}); err != nil {
		return err
	}
	return s.endGrants(ctx, personID, reason, func(tx storage.Tx) (ended []storage.Grant, err error) {
		for id := range ids {
			some, err := tx.Grants().EndBetween(ctx, personID, id, string(reason), tx.Now())
			if err != nil {
				return nil, err
			}
			ended = append(ended, some...)
		}
		return ended, nil
	})
}

// endGrants records the grants of a person that end ends in its transaction, and
// leaves their marks.
func (s *Service) endGrants(ctx context.Context, personID string, reason Reason, end func(storage.Tx) ([]storage.Grant, error)) error {
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		grants, err := end(tx)
		if err != nil {
			return err
		}
		now := s.Now()
		for _, g := range grants {
			// The mark comes before the commit: a failure after it is tried again.
			if _, err := s.Ephemeral.Marks().Set(ctx, GrantMark(g.ID), now, now.Add(s.TombstoneFor)); err != nil {
				return err
			}
			if err := audit.Record(ctx, tx, audit.Event{
				Kind: audit.GrantEnded, Outcome: audit.OutcomeAllow, Reason: string(reason), Actor: actor(storage.Session{PersonID: personID}, reason),
				Subject: personID, ClientID: g.ClientID, SessionID: g.SessionID, GrantID: g.ID, Detail: g.Detail.ActingWords(),
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return nil
}
