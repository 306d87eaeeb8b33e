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

// IssueTemporary gives a person a new temporary password, in the caller's
// transaction, and returns it: it is stored nowhere. Whatever password the
// person had is gone.
func (s *Service) IssueTemporary(ctx context.Context, tx storage.Tx, personID string, validFor time.Duration, by audit.Actor) (string, error) {
	who, err := tx.People().Get(ctx, personID)
	if err != nil {
		return "", fmt.Errorf("credential: %w", err)
	}
	if who.State == storage.PersonSuspended || who.State == storage.PersonClosed {
		return "", problem.New(problem.Conflict, "This account is "+string(who.State)+"; it gets no temporary password.")
	}
	temporary := password.NewTemporary()
	verifier, err := s.Keys.Seal(verifierPlace(personID), secret.Hash(temporary))
	if err != nil {
		return "", fmt.Errorf("credential: %w", err)
	}
	next := storage.Password{
		PersonID: personID, Kind: storage.PasswordTemporary, Verifier: verifier, Scheme: temporaryScheme,
		SetAt: tx.Now(), ExpiresAt: tx.Now().Add(validFor),
	}
	kind := audit.CredentialTemporaryIssued
	old, err := tx.Passwords().Get(ctx, personID)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		err = tx.Passwords().Insert(ctx, next)
	case err == nil:
		kind, next.Version = audit.CredentialTemporaryReissued, old.Version
		err = tx.Passwords().Replace(ctx, next)
	}
	if err != nil {
		return "", fmt.Errorf("credential: %w", err)
	}
	who.State, who.UpdatedAt = storage.PersonCredentialIssued, tx.Now()
	if err := tx.People().Update(ctx, who); err != nil {
		return "", fmt.Errorf("credential: %w", err)
	}
	return temporary, audit.Record(ctx, tx, audit.Event{
		Kind: kind, Outcome: audit.OutcomeAllow, Actor: by, Subject: personID,
		Detail: map[string]string{"expires_at": next.ExpiresAt.Format(time.RFC3339)},
	})
}
