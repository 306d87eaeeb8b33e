package session

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/claviger-id/claviger/storage"
)

// Concurrent is how many sessions a person may have at once.
type Concurrent struct {
	// Most is how many; zero means any number.
	Most int
	// OldestWins refuses the sign-in that would be one too many. Otherwise it ends
	// the session that began first.
	OldestWins bool
}

// ErrTooMany says that a person has as many sessions as they may, and that
// another one did not begin.
var ErrTooMany = errors.New("session: the person has as many sessions as they may have")

// Crowded says that no session of a person may begin before one of those ends that they
// have besides replaced, which ends for it. Nobody is empty, and asks for no look.
func (s *Service) Crowded(ctx context.Context, personID, replaced string) (bool, error) {
	if personID == "" || !s.Limits.refuses() {
		return false, nil
	}
	limits, err := s.limits(ctx, personID)
	if err != nil || limits.Concurrent.Most <= 0 || !limits.Concurrent.OldestWins {
		return false, err
	}
	others, err := s.Elsewhere(ctx, personID, replaced)
	return len(others) >= limits.Concurrent.Most, err
}

// Elsewhere returns the sessions of a person besides one, the oldest first.
func (s *Service) Elsewhere(ctx context.Context, personID, here string) ([]storage.Session, error) {
	all, err := s.Own(ctx, personID)
	return slices.DeleteFunc(all, func(one storage.Session) bool { return one.ID == here }), err
}

// makeRoom ends what a person has too many of, now that record is one of them,
// and returns ErrTooMany when record is. Whoever comes last to look sees what
// all others made, and all of them put the sessions in one order: of sign-ins
// at the same moment no more remain than may.
func (s *Service) makeRoom(ctx context.Context, record storage.Session, limit Concurrent) error {
	if limit.Most <= 0 {
		return nil
	}
	all, err := s.Ephemeral.Sessions().ByPeople(ctx, s.Now(), record.PersonID)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if len(all) <= limit.Most {
		return nil
	}
	slices.SortFunc(all, inOrder)
	surplus := all[:len(all)-limit.Most]
	if limit.OldestWins {
		surplus = all[limit.Most:]
	}
	refused := slices.ContainsFunc(surplus, func(one storage.Session) bool { return one.ID == record.ID })
	if _, err := s.stop(ctx, surplus, ReasonConcurrent); err != nil || !refused {
		return err
	}
	return ErrTooMany
}
