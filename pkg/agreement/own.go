package agreement

import (
	"context"
	"errors"
	"fmt"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Own returns what a person accepted, for that person, the oldest first; what was
// withdrawn is among it.
func (s *Service) Own(ctx context.Context, personID string) (all []storage.Acceptance, err error) {
	err = s.Store.View(ctx, func(tx storage.Tx) (err error) {
		all, err = tx.Agreements().Accepted(ctx, personID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("agreement: %w", err)
	}
	return all, nil
}

// OwnOne returns one of them, or a problem.NotFound.
func (s *Service) OwnOne(ctx context.Context, personID, id string) (one storage.Acceptance, err error) {
	err = s.Store.View(ctx, func(tx storage.Tx) (err error) {
		one, err = tx.Agreements().Acceptance(ctx, personID, id)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return one, problem.Wrap(problem.NotFound, "You have accepted no such agreement.", err)
	}
	if err != nil {
		return one, fmt.Errorf("agreement: %w", err)
	}
	return one, nil
}
