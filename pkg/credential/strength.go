package credential

import (
	"context"
	"fmt"

	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/storage"
)

// Strength says how well what somebody would choose withstands guessing by who
// knows the names of that person. ok is false where it cannot be told, because it
// is too long to be a password. A refusal tells it by itself.
func (s *Service) Strength(ctx context.Context, personID, chosen string) (strength password.Strength, ok bool, err error) {
	if _, err := password.Normalize(chosen); err != nil {
		return password.Weakest, false, nil //nolint:nilerr // it is the answer
	}
	var who storage.Person
	if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		who, err = tx.People().Get(ctx, personID)
		return err
	}); err != nil {
		return password.Weakest, false, fmt.Errorf("credential: %w", err)
	}
	profile, err := s.People.Open(who)
	if err != nil {
		return password.Weakest, false, err
	}
	return s.Policy.Strength(chosen, profile.Words()...), true, nil
}
