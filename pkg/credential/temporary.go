package credential

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Validity is how long a temporary password works, by how it is delivered (NIST
// SP 800-63B-4 section 4.2.1.2).
type Validity struct {
	// Letter is for one that is handed over or sent on paper, Mail for one that
	// is sent by e-mail.
	Letter, Mail time.Duration
}

// The longest there may be.
const (
	MaxLetterValidity = 21 * 24 * time.Hour
	MaxMailValidity   = 24 * time.Hour
)

// IssueTemporary gives a person who has no personal password a new temporary one,
// in the caller's transaction, and returns it: it is stored nowhere. A temporary
// password that the person had is gone; the count of guesses at the account is
// not.
func (s *Service) IssueTemporary(ctx context.Context, tx storage.Tx, personID string, validFor time.Duration, by audit.Actor) (string, error) {
	old, err := tx.Passwords().Get(ctx, personID)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return "", fmt.Errorf("credential: %w", err)
	}
	if old.Kind == storage.PasswordPersonal {
		return "", problem.New(problem.Conflict, "This person has chosen a personal password. To replace it, the person's identity has to be proven: reset it.")
	}
	kind := audit.CredentialTemporaryIssued
	if old.Version > 0 {
		kind = audit.CredentialTemporaryReissued
	}
	temporary, expires, err := s.issue(ctx, tx, personID, old, validFor)
	if err != nil {
		return "", err
	}
	return temporary, audit.Record(ctx, tx, audit.Event{
		Kind: kind, Outcome: audit.OutcomeAllow, Actor: by, Subject: personID,
		Detail: map[string]string{"expires_at": expires.Format(time.RFC3339)},
	})
}

// issue puts a temporary password in the place of whatever there was.
func (s *Service) issue(ctx context.Context, tx storage.Tx, personID string, old storage.Password, validFor time.Duration) (string, time.Time, error) {
	if validFor <= 0 || validFor > MaxLetterValidity {
		return "", time.Time{}, fmt.Errorf("credential: a temporary password cannot be valid for %v", validFor)
	}
	who, err := tx.People().Get(ctx, personID)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("credential: %w", err)
	}
	if who.State == storage.PersonSuspended || who.State == storage.PersonClosed {
		return "", time.Time{}, problem.New(problem.Conflict, "This account is "+string(who.State)+"; it gets no temporary password.")
	}
	temporary := password.NewTemporary()
	next := storage.Password{
		PersonID: personID, Kind: storage.PasswordTemporary, Scheme: temporaryScheme,
		SetAt: tx.Now(), ExpiresAt: tx.Now().Add(validFor), Version: old.Version,
	}
	if next.Verifier, err = s.seal(verifierPlace(personID), secret.Hash(temporary)); err != nil {
		return "", time.Time{}, fmt.Errorf("credential: %w", err)
	}
	if old.Version == 0 {
		err = tx.Passwords().Insert(ctx, next)
	} else {
		err = tx.Passwords().Replace(ctx, next)
	}
	if err != nil {
		return "", time.Time{}, fmt.Errorf("credential: %w", err)
	}
	// Another password has a budget of its own, but what was guessed at the
	// account stays (NIST SP 800-63B-4 section 3.2.2).
	if err := tx.Guesses().Renew(ctx, personID); err != nil {
		return "", time.Time{}, fmt.Errorf("credential: %w", err)
	}
	who.State, who.UpdatedAt = storage.PersonCredentialIssued, tx.Now()
	if err := tx.People().Update(ctx, who); err != nil {
		return "", time.Time{}, fmt.Errorf("credential: %w", err)
	}
	return temporary, next.ExpiresAt, nil
}
