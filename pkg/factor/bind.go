package factor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

const (
	// Most is how many passkeys and authenticator apps a person may have.
	Most = 10
	// MaxName is how long the name of one may be, in characters.
	MaxName = 60
)

// With is what else happens in the transaction of a change.
type With = func(ctx context.Context, tx storage.Tx) error

// bind adds a to what the person has. The caller has made sure that the person has
// proven everything that there was to prove (NIST SP 800-63B-4 section 4.1.2).
// replaces is what a takes the place of; empty: nothing. set is the person's first set of
// recovery codes, where there is none. with, unless it is nil, is called in the
// transaction of it.
func (s *Service) bind(ctx context.Context, a storage.Authenticator, name, replaces string, set offeredSet, with With) (codes []string, err error) {
	if a.Name, err = s.sealName(a.ID, name); err != nil {
		return nil, err
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := hold(ctx, tx, a.PersonID); err != nil {
			return err
		}
		bound, err := Count(ctx, tx, a.PersonID)
		if err != nil {
			return err
		}
		how := Added
		if replaces != "" {
			how = Replaced
			if err := s.giveUp(ctx, tx, a.PersonID, replaces); err != nil {
				return err
			}
			bound = bound.without(a.Kind)
		}
		if bound.TOTP+bound.Passkeys >= Most {
			return problem.New(problem.Conflict, "There are ten already. Remove one first.")
		}
		a.CreatedAt = tx.Now()
		err = tx.Authenticators().Insert(ctx, a)
		if errors.Is(err, storage.ErrConflict) {
			return problem.Wrap(problem.Conflict, "That was set up already.", err)
		}
		if err != nil {
			return err
		}
		if bound.Codes == 0 {
			if codes, err = s.keepFirst(ctx, tx, a.PersonID, set); err != nil {
				return err
			}
		}
		if err := audit.Record(ctx, tx, audit.Event{
			Kind: audit.FactorBound, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: a.PersonID},
			Subject: a.PersonID, Detail: map[string]string{"method": string(a.Kind), "factor": a.ID},
		}); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, a.PersonID, how); err != nil || with == nil {
			return err
		}
		return with(ctx, tx)
	})
	if err != nil {
		return nil, changed(err)
	}
	return codes, nil
}

// giveUp removes an application that another one takes the place of.
func (s *Service) giveUp(ctx context.Context, tx storage.Tx, personID, id string) error {
	all, err := tx.Authenticators().ByPerson(ctx, personID)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.ID != id || a.Kind != storage.AuthenticatorTOTP {
			continue
		}
		if err := tx.Authenticators().Remove(ctx, personID, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.FactorRemoved, Outcome: audit.OutcomeAllow, Reason: "replaced", Actor: audit.Actor{Type: "person", ID: personID},
			Subject: personID, Detail: map[string]string{"method": string(a.Kind), "factor": id},
		})
	}
	return errNoFactor
}

func (s *Service) sealName(id, name string) ([]byte, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return nil, nil
	}
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > MaxName || strings.ContainsFunc(name, unicode.IsControl) {
		return nil, problem.New(problem.Invalid, "That name is too long, or holds what cannot be shown.")
	}
	sealed, err := s.Keys.Seal(place("name", id), []byte(name))
	if err != nil {
		return nil, fmt.Errorf("factor: %w", err)
	}
	return sealed, nil
}
