package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// Finish does what is left to do of the end of a session that is committed:
// whoever committed it may have died before the session was gone. Mostly nothing is
// left. One round trip then.
func (s *Service) Finish(ctx context.Context, id string, reason Reason) error {
	record, err := s.Ephemeral.Sessions().Get(ctx, id, time.Time{})
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return s.bury(ctx, record, reason)
}

// bury makes a session whose end is committed, and its access tokens, unusable.
func (s *Service) bury(ctx context.Context, record storage.Session, reason Reason) error {
	if err := s.remember(ctx, record, reason); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	now := s.Now()
	if _, err := s.Ephemeral.Marks().Set(ctx, Mark(record.ID), now, now.Add(s.TombstoneFor)); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if _, err := s.Ephemeral.Sessions().Remove(ctx, record.ID); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return nil
}
