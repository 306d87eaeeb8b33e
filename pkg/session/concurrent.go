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
