package factor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/storage"
)

// errNot is the one answer to every code that is not right. A cause is for the log.
type errNot string

func (e errNot) Error() string { return "factor: " + string(e) }

// Why a proof fails, in the audit log.
const (
	wrongCode = errNot("wrong_code")
	replayed  = errNot("replayed")
	disabled  = errNot("disabled")
)

// account is under which guesses at the codes of a person are counted. Codes of all
// kinds share the count: NIST SP 800-63B-4 section 3.2.2.
func account(personID string) string { return "factor:" + personID }

// prove counts an attempt before it is looked at, so that many at once are not more
// than one after the other, and clears the count when check finds nothing wrong.
// check returns an errNot for what is not right.
func (s *Service) prove(ctx context.Context, personID, method string, check func(ctx context.Context, tx storage.Tx) error) error {
	at, from := s.Now(), request.From(ctx).Address
	keys := []string{account(personID), "address:" + limit.Block(from).String(), "around:" + limit.Around(from).String()}
	var claims []storage.Claim
	for i, b := range []limit.Budget{limit.Account(), limit.Address(), limit.Neighbourhood()} {
		claims = append(claims, storage.Claim{Key: keys[i], Free: b.Free, Waits: b.Waits, Forget: b.Forget})
	}
	wait, err := s.Attempts.Reserve(ctx, at, claims...)
	if err != nil {
		return fmt.Errorf("factor: attempts: %w", err)
	}
	if wait > 0 {
		return s.limited(ctx, personID, method, wait)
	}
	allowed := false
	if err := s.Store.Tx(ctx, func(tx storage.Tx) (err error) {
		_, allowed, err = tx.Guesses().Reserve(ctx, account(personID), limit.Failures, math.MaxInt64, at)
		return err
	}); err != nil {
		return fmt.Errorf("factor: %w", err)
	}
	if !allowed {
		return s.failed(ctx, personID, method, disabled)
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := check(ctx, tx); err != nil {
			return err
		}
		return errors.Join(tx.Guesses().Clear(ctx, account(personID)), audit.Record(ctx, tx, audit.Event{
			Kind: audit.FactorVerified, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: personID},
			Subject: personID, Detail: map[string]string{"method": method},
		}))
	})
	var not errNot
	if errors.As(err, &not) {
		return s.failed(ctx, personID, method, not)
	}
	if err != nil {
		return fmt.Errorf("factor: %w", err)
	}
	// The budgets of addresses get back what this attempt took, and nothing else.
	if err := errors.Join(s.Attempts.Clear(ctx, keys[0]), s.Attempts.Return(ctx, at, keys[1:]...)); err != nil {
		return fmt.Errorf("factor: attempts: %w", err)
	}
	return nil
}

func (s *Service) failed(ctx context.Context, personID, method string, why errNot) error {
	if err := s.deny(ctx, personID, audit.FactorFailed, method, string(why)); err != nil {
		return err
	}
	if why == disabled {
		return problem.Wrap(problem.Denied, "There were too many wrong codes. Codes do not work any more; please call the help desk.", why)
	}
	return problem.Wrap(problem.Unauthenticated, "That code is not right, or it was used before.", why)
}

func (s *Service) limited(ctx context.Context, personID, method string, wait time.Duration) error {
	if err := s.deny(ctx, personID, audit.FactorLimited, method, "too_many_failures"); err != nil {
		return err
	}
	return &problem.Error{Code: problem.Limited, Message: "Too many attempts. Please wait before you try again.", RetryAfter: wait}
}

func (s *Service) deny(ctx context.Context, personID string, kind audit.Kind, method, reason string) error {
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		return audit.Record(ctx, tx, audit.Event{
			Kind: kind, Outcome: audit.OutcomeDeny, Reason: reason, Actor: audit.Actor{Type: "person"}, Subject: personID,
			Detail: map[string]string{"method": method},
		})
	})
	if err != nil {
		return fmt.Errorf("factor: %w", err)
	}
	return nil
}
