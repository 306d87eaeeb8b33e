package agreement

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// ErrNothing refuses to take back what nobody gave.
var ErrNothing = problem.New(problem.Conflict, "There is nothing to withdraw: this person has accepted nothing.")

// Withdrawn is what came of taking back.
type Withdrawn struct {
	// Acceptances is how many were taken back, Sessions how many sessions ended.
	Acceptances, Sessions int
	// Before is when the last acceptance had been taken back, where none stood.
	Before time.Time
}

// Withdraw takes back everything that a person accepted, and ends the sessions and
// grants that rest on it. They are asked again when they next sign in. It can be
// done again, and then ends what is left. ErrNothing where they never accepted anything.
func (s *Service) Withdraw(ctx context.Context, personID string, by audit.Actor) error {
	_, err := s.WithdrawFor(ctx, personID, "", by)
	return err
}

// WithdrawFor is Withdraw for a reason, a code of an operator's, and says what came of it.
func (s *Service) WithdrawFor(ctx context.Context, personID, reason string, by audit.Actor) (done Withdrawn, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		done = Withdrawn{}
		n, err := tx.Agreements().Withdraw(ctx, personID, tx.Now())
		if err != nil {
			return err
		}
		if n == 0 {
			done.Before, err = lastWithdrawn(ctx, tx, personID)
			return err
		}
		done.Acceptances = int(n)
		if s.Owe != nil {
			if err := s.Owe(ctx, tx, personID); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.AgreementWithdrawn, Outcome: audit.OutcomeAllow, Reason: reason, Actor: by, Subject: personID,
			Detail: map[string]string{"acceptances": strconv.FormatInt(n, 10)},
		})
	})
	if err != nil {
		return Withdrawn{}, fmt.Errorf("agreement: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	if done.Acceptances > 0 {
		done.Sessions, err = s.Sessions.EndAllAccess(ctx, personID, session.ReasonAgreementWithdrawn)
		return done, err
	}
	// Whoever took it back did not come to the end of this. What began since does not rest
	// on what was taken back.
	done.Sessions, err = s.Sessions.EndAccessUpTo(ctx, personID, done.Before, session.ReasonAgreementWithdrawn)
	return done, err
}

// lastWithdrawn is when a person last took something back, or ErrNothing.
func lastWithdrawn(ctx context.Context, tx storage.Tx, personID string) (last time.Time, err error) {
	all, err := tx.Agreements().Accepted(ctx, personID)
	if err != nil {
		return last, err
	}
	for _, a := range all {
		if a.WithdrawnAt.After(last) {
			last = a.WithdrawnAt
		}
	}
	if len(all) == 0 {
		return last, ErrNothing
	}
	return last, nil
}
