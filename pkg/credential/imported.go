package credential

import (
	"context"
	"errors"
	"fmt"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// ImportPersonal gives a person the personal password whose hash another system
// made, in the caller's transaction, and reports whether it did: whoever has a
// personal password keeps it, so that an import may be done again. The hash is
// made anew at the first sign-in. Who had no credential before is Untold. Problems: Conflict for an account that cannot
// be used.
func (s *Service) ImportPersonal(ctx context.Context, tx storage.Tx, who storage.Person, hash password.Imported, by audit.Actor) (bool, error) {
	if who.State == storage.PersonSuspended || who.State == storage.PersonClosed {
		return false, problem.New(problem.Conflict, "the account is "+string(who.State))
	}
	verifier, err := s.seal(verifierPlace(who.ID), []byte(hash.Stored))
	if err != nil {
		return false, fmt.Errorf("credential: %w", err)
	}
	next := storage.Password{PersonID: who.ID, Kind: storage.PasswordPersonal, Verifier: verifier, Scheme: hash.Scheme, SetAt: tx.Now()}
	replaces := ""
	old, err := tx.Passwords().Get(ctx, who.ID)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		next.Untold = true // a temporary one would have come with the User ID
		err = tx.Passwords().Insert(ctx, next)
	case err == nil && old.Kind == storage.PasswordPersonal:
		return false, nil
	case err == nil:
		replaces, next.Version = string(old.Kind), old.Version
		err = tx.Passwords().Replace(ctx, next)
	}
	if err != nil {
		return false, fmt.Errorf("credential: %w", err)
	}
	who.State, who.UpdatedAt = storage.PersonActive, tx.Now()
	if err := tx.People().Update(ctx, who); err != nil {
		return false, fmt.Errorf("credential: %w", err)
	}
	detail := map[string]string{"scheme": hash.Scheme}
	if replaces != "" {
		detail["replaces"] = replaces
	}
	return true, audit.Record(ctx, tx, audit.Event{
		Kind: audit.CredentialImported, Outcome: audit.OutcomeAllow, Actor: by, Subject: who.ID, Detail: detail,
	})
}

// Stored is how many personal passwords there are of one scheme.
type Stored struct {
	People int64
	// OldKey is how many of them are sealed with a key that is not the newest.
	OldKey int64
}

// Schemes counts the personal passwords that there are, by the scheme of their
// hashes. Nothing is opened.
func (s *Service) Schemes(ctx context.Context) (map[string]Stored, error) {
	const page = 1000
	counts := map[string]Stored{}
	for after := ""; ; {
		var found []storage.Password
		err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
			found, err = tx.Passwords().Page(ctx, after, page)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("credential: %w", err)
		}
		for _, p := range found {
			n := counts[p.Scheme]
			n.People++
			if s.outdated(p.Verifier) {
				n.OldKey++
			}
			counts[p.Scheme] = n
		}
		if len(found) < page {
			return counts, nil
		}
		after = found[len(found)-1].PersonID
	}
}
