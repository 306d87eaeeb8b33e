package session

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/claviger-id/claviger/storage"
)

// Own returns the sessions of a person that are alive, the oldest first, for
// that person.
func (s *Service) Own(ctx context.Context, personID string) ([]storage.Session, error) {
	all, err := s.Ephemeral.Sessions().ByPerson(ctx, personID, s.Now())
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	slices.SortFunc(all, func(a, b storage.Session) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// EndOwn ends a session of a person who asked for it in another one. A session
// that is not theirs, or is over, is none to end, which is no error.
func (s *Service) EndOwn(ctx context.Context, personID, id string) error {
	return s.endSome(ctx, personID, ReasonLogout, func(record storage.Session) bool { return record.ID == id })
}
