package factor

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/storage"
)

// LostFactor is a decision of the help desk about somebody who can use none of what
// they have.
type LostFactor struct {
	PersonID string
	// Version is that of the account that was read; 0 is any.
	Version int64
	// Proof says how the identity was proven anew: NIST SP 800-63B-4 section 4.2.
	Proof credential.Proof
	// Note says what was seen, or whom was talked to.
	Note string
	By   audit.Actor
}

// ResetByOperator removes all that a person has besides the password, whose identity
// was proven anew, and forgets what was guessed; it returns how many factors that
// were. The password stays. Sessions are the caller's to end, which can be done
// again.
func (s *Service) ResetByOperator(ctx context.Context, l LostFactor) (int, error) {
	note, err := credential.Noted(l.Proof, l.Note)
	if err != nil {
		return 0, err
	}
	had, err := s.reset(ctx, l, note)
	if errors.Is(err, storage.ErrStale) {
		had, err = s.reset(ctx, l, note) // somebody who binds one at this moment has it removed, too
	}
	if err != nil {
		return 0, changed(err)
	}
	if err := s.Attempts.Clear(ctx, account(l.PersonID)); err != nil {
		return 0, fmt.Errorf("factor: attempts: %w", err)
	}
	return had.TOTP + had.Passkeys, nil
}

func (s *Service) reset(ctx context.Context, l LostFactor, note string) (had Bound, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := holdVersion(ctx, tx, l.PersonID, l.Version); err != nil {
			return err
		}
		if had, err = Count(ctx, tx, l.PersonID); err != nil {
			return err
		}
		for _, kind := range []storage.AuthenticatorKind{storage.AuthenticatorTOTP, storage.AuthenticatorPasskey, storage.AuthenticatorRecovery} {
			if _, err := tx.Authenticators().RemoveKind(ctx, l.PersonID, kind); err != nil {
				return err
			}
		}
		if err := tx.Guesses().Clear(ctx, account(l.PersonID)); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Event{
			Kind: audit.FactorReset, Outcome: audit.OutcomeAllow, Actor: l.By, Subject: l.PersonID,
			Detail: map[string]string{"proof": string(l.Proof), "note": note, "removed": strconv.Itoa(had.TOTP + had.Passkeys)},
		}); err != nil {
			return err
		}
		return s.tell(ctx, tx, l.PersonID, Reset)
	})
	return had, err
}
