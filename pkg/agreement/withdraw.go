package agreement

import (
	"context"
	"fmt"
	"strconv"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// Withdraw takes back everything that a person accepted, and ends the sessions and
// grants that rest on it. They are asked again when they next sign in. It can be
// done again, and then ends what is left.
func (s *Service) Withdraw(ctx context.Context, personID string, by audit.Actor) error {
	return s.WithdrawFor(ctx, personID, "", by)
}

// WithdrawFor is Withdraw for a reason, a code of an operator's.
func (s *Service) WithdrawFor(ctx context.Context, personID, reason string, by audit.Actor) error {
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		n, err := tx.Agreements().Withdraw(ctx, personID, tx.Now())
		if err != nil {
			return err
		}
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
		return fmt.Errorf("agreement: %w", err)
	}
	return s.Sessions.EndAccess(context.WithoutCancel(ctx), personID, session.ReasonAgreementWithdrawn)
}
