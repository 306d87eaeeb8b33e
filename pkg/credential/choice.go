package credential

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// choice is a password that somebody chooses. It is counted before it is compared with
// those that they had, and taken back unless it is refused for one of them: so that
// nobody has all of these computed over and over, from as many browsers as they like.
type choice struct {
	key string
	at  time.Time
}

// choose enters a choice of a person, or says how long to wait. Problem: Limited.
func (s *Service) choose(ctx context.Context, personID string) (choice, error) {
	c := choice{key: "choice:" + personID, at: s.Now()}
	wait, err := s.Attempts.Reserve(ctx, c.at, claim(c.key, limit.Choice()))
	if err != nil {
		return c, fmt.Errorf("credential: attempts: %w", err)
	}
	if wait == 0 {
		return c, nil
	}
	silent, err := s.Attempts.Reserve(ctx, c.at, claim("limited-"+c.key, limit.Record()))
	if err != nil {
		return c, fmt.Errorf("credential: attempts: %w", err)
	}
	if silent == 0 {
		err = s.Store.Tx(ctx, func(tx storage.Tx) error {
			return audit.Record(ctx, tx, audit.Event{
				Kind: audit.CredentialCheckFailed, Outcome: audit.OutcomeDeny, Reason: "too_many_refused",
				Actor: audit.Actor{Type: "person"}, Subject: personID,
			})
		})
	}
	if err != nil {
		return c, fmt.Errorf("credential: %w", err)
	}
	return c, &problem.Error{Code: problem.Limited, Message: "Too many attempts. Please wait before you try again.", RetryAfter: wait}
}

// chosen takes the choice back where it was not refused. Whoever hangs up while it is
// compared has had it.
func (s *Service) chosen(ctx context.Context, c choice, err error) error {
	if problem.From(err).Code == problem.Invalid || errors.Is(ctx.Err(), context.Canceled) {
		return err
	}
	if failed := s.Attempts.Return(context.WithoutCancel(ctx), c.at, c.key); failed != nil {
		return errors.Join(err, fmt.Errorf("credential: attempts: %w", failed))
	}
	return err
}

func claim(key string, b limit.Budget) storage.Claim {
	return storage.Claim{Key: key, Free: b.Free, Waits: b.Waits, Forget: b.Forget}
}
