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
	// most is how many factors a person may have.
	most = 10
	// MaxName is how long the name of one may be, in characters.
	MaxName = 60
)

// bind adds a to what the person has. The caller has made sure that the person has
// proven everything that there was to prove (NIST SP 800-63B-4 section 4.1.2).
func (s *Service) bind(ctx context.Context, a storage.Authenticator, name string) (codes []string, err error) {
	if a.Name, err = s.sealName(a.ID, name); err != nil {
		return nil, err
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		bound, err := Count(ctx, tx, a.PersonID)
		if err != nil {
			return err
		}
		if bound.TOTP+bound.Passkeys >= most {
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
			if codes, err = s.drawCodes(ctx, tx, a.PersonID); err != nil {
				return err
			}
		}
		if err := audit.Record(ctx, tx, audit.Event{
			Kind: audit.FactorBound, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: a.PersonID},
			Subject: a.PersonID, Detail: map[string]string{"method": string(a.Kind), "factor": a.ID},
		}); err != nil {
			return err
		}
		return s.tell(ctx, tx, a.PersonID, Added)
	})
	if err != nil {
		return nil, fmt.Errorf("factor: %w", err)
	}
	return codes, nil
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
