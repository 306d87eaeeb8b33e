package credential

import (
	"context"
	"fmt"

	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/storage"
)

// rules are what a password of this person must be: less where it is never enough
// alone (NIST SP 800-63B-4 section 3.1.1.2).
func (s *Service) rules(ctx context.Context, tx storage.Tx, personID string) (password.Policy, error) {
	alone, err := s.alone(ctx, tx, personID)
	if err != nil || alone {
		return s.Policy, err
	}
	return s.Policy.WithSecondFactor(), nil
}

// alone tells that the password is all that a person has.
func (s *Service) alone(ctx context.Context, tx storage.Tx, personID string) (bool, error) {
	if s.SecondFactor == nil {
		return true, nil
	}
	has, err := s.SecondFactor(ctx, tx, personID)
	return !has, err
}

// Minimum is how long a password of this person must be, in code points.
func (s *Service) Minimum(ctx context.Context, personID string) (int, error) {
	var rules password.Policy
	if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		rules, err = s.rules(ctx, tx, personID)
		return err
	}); err != nil {
		return 0, fmt.Errorf("credential: %w", err)
	}
	return rules.MinLength, nil
}
