package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// stop ends sessions for a reason, and returns how many. First of all they are dead,
// with the reason noted: should the process die or the durable store fail, their
// people are signed out all the same, and the reaper does the rest after stopLease.
func (s *Service) stop(ctx context.Context, all []storage.Session, reason Reason) (int, error) {
	return s.stopFor(ctx, all, storage.Ending{Reason: string(reason)})
}

// stopFor is stop for somebody who is named.
func (s *Service) stopFor(ctx context.Context, all []storage.Session, e storage.Ending) (int, error) {
	if len(all) == 0 {
		return 0, nil
	}
	ids := make([]string, len(all))
	for i, record := range all {
		ids[i] = record.ID
	}
	// As they are now: an application that joined since they were looked up is told too,
	// and none joins any more.
	stopped, err := s.Ephemeral.Sessions().Stop(ctx, s.Now(), stopLease, e, ids...)
	if err != nil {
		return 0, fmt.Errorf("session: %w", err)
	}
	if len(stopped) == 0 {
		return 0, nil
	}
	return s.endTogether(ctx, stopped, over)
}

// endTogether ends sessions that nobody else has a lease on, each for the reason that
// why gives, and returns how many. It asks each store a few times for all of them
// together. When the batch fails as a whole, one that cannot be ended does not keep
// the others.
func (s *Service) endTogether(ctx context.Context, all []storage.Session, why func(storage.Session) Reason) (n int, err error) {
	// All replicas take rows in one order.
	slices.SortFunc(all, func(a, b storage.Session) int { return cmp.Compare(a.ID, b.ID) })
	err = s.end(ctx, all, why)
	switch {
	case err == nil:
		return len(all), nil
	case len(all) == 1, errors.Is(err, storage.ErrUnavailable):
		return 0, err // the lease brings them back
	}
	var errs []error
	for i := range all {
		if err := s.end(ctx, all[i:i+1], why); err != nil {
			errs = append(errs, err)
			continue
		}
		n++
	}
	return n, errors.Join(errs...)
}

// end ends sessions in one durable transaction.
func (s *Service) end(ctx context.Context, all []storage.Session, why func(storage.Session) Reason) error {
	names := make([]string, len(all))
	for i, record := range all {
		names[i] = Mark(record.ID)
	}
	// The mark says that the durable part was done by somebody who did not get
	// to the removal.
	done, err := s.Ephemeral.Marks().Each(ctx, s.Now(), names...)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	var open []storage.Session
	for i, record := range all {
		if !done[i] {
			open = append(open, record)
		}
	}
	if len(open) > 0 {
		if err := s.Store.Tx(ctx, func(tx storage.Tx) error { return s.endDurably(ctx, tx, why, open...) }); err != nil {
			return fmt.Errorf("session: %w", err)
		}
		if s.Wake != nil {
			defer s.Wake()
		}
	}
	return s.bury(ctx, all, open, why)
}

// endDurably ends the grants of sessions and records it all.
func (s *Service) endDurably(ctx context.Context, tx storage.Tx, why func(storage.Session) Reason, all ...storage.Session) error {
	ids, people := map[Reason][]string{}, map[string]storage.Session{}
	for _, record := range all {
		reason := why(record)
		ids[reason], people[record.ID] = append(ids[reason], record.ID), record
	}
	var events []audit.Event
	for _, reason := range slices.Sorted(maps.Keys(ids)) {
		grants, err := tx.Grants().EndBySession(ctx, ids[reason], string(reason), tx.Now())
		if err != nil {
			return err
		}
		for _, g := range grants {
			record := people[g.SessionID]
			events = append(events, audit.Event{
				Kind: audit.GrantEnded, Outcome: audit.OutcomeAllow, Reason: string(reason), Actor: actor(record, reason),
				Subject: record.PersonID, ClientID: g.ClientID, SessionID: record.ID, GrantID: g.ID, Detail: g.Detail.ActingWords(),
			})
		}
	}
	for _, record := range all {
		if s.Ended != nil {
			if err := s.Ended(ctx, tx, record, string(why(record))); err != nil {
				return err
			}
		}
		events = append(events, ended(record, why(record), record.Clients))
	}
	return audit.Record(ctx, tx, events...)
}
