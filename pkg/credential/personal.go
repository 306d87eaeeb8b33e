package credential

import (
	"context"
	"errors"
	"fmt"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

func errReplaced(cause error) error {
	return problem.Wrap(problem.Conflict, "The password was changed in the meantime.", cause)
}

// ChoosePersonal puts a personal password in the place of the one whose version
// is given. Problems: Invalid, with the reason, when the policy refuses it;
// Conflict when the password was replaced in the meantime; Unavailable when all
// hashing slots are taken. The hash is computed outside of any transaction.
func (s *Service) ChoosePersonal(ctx context.Context, personID string, version int64, chosen string) error {
	var who storage.Person
	var old storage.Password
	err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		if who, err = tx.People().Get(ctx, personID); err != nil {
			return err
		}
		old, err = tx.Passwords().Get(ctx, personID)
		return err
	})
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	if old.Version != version {
		return errReplaced(nil)
	}
	if err := s.acceptable(ctx, who, old, chosen); err != nil {
		return err
	}
	phc, err := s.Hasher.Hash(ctx, chosen)
	if errors.Is(err, password.ErrBusy) {
		return errBusy(err)
	}
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	next := storage.Password{PersonID: personID, Kind: storage.PasswordPersonal, Scheme: s.Hasher.Scheme(), Version: version}
	if next.Verifier, err = s.Keys.Seal(verifierPlace(personID), []byte(phc)); err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		next.SetAt = tx.Now()
		if err := tx.Passwords().Replace(ctx, next); err != nil {
			return err
		}
		now, err := tx.People().Get(ctx, personID)
		if err != nil {
			return err
		}
		if now.State == storage.PersonSuspended || now.State == storage.PersonClosed {
			return problem.New(problem.Denied, "This account cannot be used.")
		}
		now.State, now.UpdatedAt = storage.PersonActive, tx.Now()
		if err := tx.People().Update(ctx, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.CredentialPersonalChosen, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: personID},
			Subject: personID, Detail: map[string]string{"replaces": string(old.Kind)},
		})
	})
	if errors.Is(err, storage.ErrStale) {
		return errReplaced(err)
	}
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	return nil
}

// acceptable applies the policy, and refuses the password that is to be
// replaced.
func (s *Service) acceptable(ctx context.Context, who storage.Person, old storage.Password, chosen string) error {
	profile, err := s.People.Open(who)
	if err != nil {
		return err
	}
	if refusal := s.Policy.Check(chosen, profile.Words()...); refusal != nil {
		return problem.Wrap(problem.Invalid, refusal.Message, refusal)
	}
	verifier, err := s.Keys.Open(verifierPlace(who.ID), old.Verifier)
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	var same bool
	if old.Kind == storage.PasswordTemporary {
		same = secret.Equal(verifier, secret.Hash(password.NormalizeTemporary(chosen)))
	} else {
		same, _, err = s.Hasher.Verify(ctx, string(verifier), chosen)
		if errors.Is(err, password.ErrBusy) {
			return errBusy(err)
		}
		if err != nil {
			return fmt.Errorf("credential: %w", err)
		}
	}
	if same {
		return problem.New(problem.Invalid, "This is the password that you have now. Please choose another one.")
	}
	return nil
}
