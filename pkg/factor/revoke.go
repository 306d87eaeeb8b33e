package factor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Revocation is a decision of the help desk about one factor, such as a passkey on
// a telephone that was stolen.
type Revocation struct {
	PersonID, FactorID string
	// Version is that of the account that was read; 0 is any.
	Version int64
	// Reason is a code, for the audit log.
	Reason string
	By     audit.Actor
}

// RevokeByOperator removes one factor of a person. Recovery codes stand in for
// factors, and go with the last of them. Sessions are the caller's to end, which
// can be done again. Problem: NotFound.
func (s *Service) RevokeByOperator(ctx context.Context, r Revocation) error {
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := holdVersion(ctx, tx, r.PersonID, r.Version); err != nil {
			return err
		}
		all, err := tx.Authenticators().ByPerson(ctx, r.PersonID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(a storage.Authenticator) bool {
			return a.ID == r.FactorID && a.Kind != storage.AuthenticatorRecovery
		})
		if i < 0 {
			return problem.New(problem.NotFound, "This person has no such factor.")
		}
		if err := tx.Authenticators().Remove(ctx, r.PersonID, r.FactorID); errors.Is(err, storage.ErrNotFound) {
			return problem.Wrap(problem.NotFound, "This person has no such factor.", err)
		} else if err != nil {
			return err
		}
		if has := count(all); has.TOTP+has.Passkeys == 1 {
			if _, err := tx.Authenticators().RemoveKind(ctx, r.PersonID, storage.AuthenticatorRecovery); err != nil {
				return err
			}
		}
		if err := audit.Record(ctx, tx, audit.Event{
			Kind: audit.FactorReset, Outcome: audit.OutcomeAllow, Reason: r.Reason, Actor: r.By, Subject: r.PersonID,
			Detail: map[string]string{"method": string(all[i].Kind), "factor": r.FactorID, "removed": "1"},
		}); err != nil {
			return err
		}
		return s.tell(ctx, tx, r.PersonID, Reset)
	})
	if err != nil {
		return fmt.Errorf("factor: %w", err)
	}
	return nil
}

// ListByOperator returns what a person has, without what it proves itself with, and
// how many recovery codes are left, at which version of the account, which each change of
// them counts; it records that this was read.
func (s *Service) ListByOperator(ctx context.Context, personID string, by audit.Actor) (all []storage.Authenticator, codes int, version int64, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		who, err := tx.People().Get(ctx, personID)
		if err != nil {
			return err
		}
		version = who.Version
		found, err := tx.Authenticators().ByPerson(ctx, personID)
		if err != nil {
			return err
		}
		for _, a := range found {
			if a.Kind == storage.AuthenticatorRecovery {
				codes++
				continue
			}
			a.Secret, a.Handle, a.Name = nil, nil, nil
			all = append(all, a)
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.PersonRead, Outcome: audit.OutcomeAllow, Actor: by, Subject: personID, Detail: map[string]string{"part": "factors"},
		})
	})
	if err != nil {
		return nil, 0, 0, fmt.Errorf("factor: %w", err)
	}
	return all, codes, version, nil
}
