package session

import (
	"context"
	"fmt"
	"slices"

	"github.com/claviger-id/claviger/storage"
)

// Own returns the sessions of a person that are alive, the oldest first, for
// that person.
func (s *Service) Own(ctx context.Context, personID string) ([]storage.Session, error) {
	all, err := s.Ephemeral.Sessions().ByPeople(ctx, s.Now(), personID)
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	slices.SortFunc(all, inOrder)
	return all, nil
}

// inOrder puts the sessions first that began first.
func inOrder(a, b storage.Session) int { return a.Place().Compare(b.Place()) }

// EndOwn ends a session of a person who asked for it in another one. A session
// that is not theirs, or is over, is none to end, which is no error.
func (s *Service) EndOwn(ctx context.Context, personID, id string) error {
	_, err := s.endSome(ctx, personID, ReasonLogout, func(record storage.Session) bool { return record.ID == id })
	return err
}
