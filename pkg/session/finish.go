package session

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/claviger-id/claviger/storage"
)

// Finish does what is left to do of the end of sessions that is committed; ended are
// their ids with the reasons. Whoever committed it may have died before they were
// gone. Mostly nothing is left. One round trip then.
func (s *Service) Finish(ctx context.Context, ended map[string]string) error {
	found, err := s.Ephemeral.Sessions().Find(ctx, slices.Sorted(maps.Keys(ended))...)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if len(found) == 0 {
		return nil
	}
	return s.bury(ctx, found, found, func(record storage.Session) Reason { return Reason(ended[record.ID]) })
}

// bury does what is left when the end of sessions is on disk: their access tokens
// stop working, browsers can learn the reason, and the sessions are removed. fresh
// are those of which nobody has left a mark yet.
func (s *Service) bury(ctx context.Context, all, fresh []storage.Session, why func(storage.Session) Reason) error {
	now := s.Now()
	var left []storage.Mark
	for _, record := range fresh {
		left = append(left, storage.Mark{Key: Mark(record.ID), Until: now.Add(s.TombstoneFor)})
		if reason := why(record); reason.Told() {
			left = append(left, storage.Mark{Key: whyMark(reason, record.SecretHash), Until: now.Add(whyKept)})
		}
	}
	if err := s.Ephemeral.Marks().SetAll(ctx, now, left...); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	ids := make([]string, len(all))
	for i, record := range all {
		ids[i] = record.ID
	}
	if _, err := s.Ephemeral.Sessions().Remove(ctx, ids...); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return nil
}
