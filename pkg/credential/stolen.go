package credential

import (
	"context"

	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/problem"
)

// notStolen asks the screen about a password that is being chosen. Whether one
// is accepted that the screen could not judge is the screen's to say: then it
// returns no error.
func (s *Service) notStolen(ctx context.Context, chosen string) error {
	if s.Screen == nil {
		return nil
	}
	found, err := s.Screen.Compromised(ctx, chosen)
	switch {
	case err != nil:
		return &problem.Error{
			Code: problem.Unavailable, RetryAfter: comeBack(), Cause: err,
			Message: "This password could not be compared with those that are known to be stolen. Please try again in a moment.",
		}
	case found:
		refusal := password.RefuseBreached()
		return problem.Wrap(problem.Invalid, refusal.Message, refusal)
	}
	return nil
}
