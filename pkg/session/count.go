package session

import (
	"context"
	"fmt"
	"strconv"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// Count returns how many sessions of a scope are alive, and of how many people, and
// records that they were counted.
func (s *Service) Count(ctx context.Context, of Scope, by audit.Actor) (sessions, people int, err error) {
	if err := s.check(ctx, of); err != nil {
		return 0, 0, err
	}
	seen := map[string]bool{}
	if err := s.each(ctx, of, func(one storage.Session) error {
		sessions++
		seen[one.PersonID] = true
		return nil
	}); err != nil {
		return 0, 0, fmt.Errorf("session: %w", err)
	}
	if err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		detail := of.detail()
		detail["count"] = strconv.Itoa(sessions)
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.SessionRead, Outcome: audit.OutcomeAllow, Actor: by, Subject: of.PersonID, ClientID: of.ClientID, Detail: detail,
		})
	}); err != nil {
		return 0, 0, fmt.Errorf("session: %w", err)
	}
	return sessions, len(seen), nil
}
