package enroll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Provision hands in an application and approves it at once, unless policy asks for
// a second person: then it waits. The account has the ID of its application, so that
// who handed it in knows it before and after. with is called in the transaction.
//
// told says that the caller may hear that an account or an application has the NPI
// already, which is a Conflict. Others hear nothing of it, and keep no NPI from whom it
// belongs to: what they hand in with one waits, whether anybody has it or not, and
// somebody who can tell decides. Problems: Invalid with an Invalid as the cause, Conflict, Unavailable.
func (s *Applications) Provision(ctx context.Context, written person.Profile, told bool, by audit.Actor,
	with func(ctx context.Context, tx storage.Tx, id string, waiting bool) error,
) (id string, err error) {
	profile, err := Check(written)
	if err != nil {
		return "", err
	}
	a := storage.Application{ID: secret.NewID(), State: storage.ApplicationSubmitted, Source: SourceProvisioning, SubmittedBy: name(by), Version: 1}
	if err := s.People.SealApplication(&a, profile); err != nil {
		return "", err
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		wait := s.SecondPerson
		switch {
		case a.NPIIndex == nil:
		case !told:
			// Without the index it stands in nobody's way: approval looks at the
			// profile.
			wait, a.NPIIndex = true, nil
		default:
			if _, err := tx.People().ByNPI(ctx, a.NPIIndex); err == nil {
				return problem.New(problem.Conflict, "An account has this NPI already.")
			} else if !errors.Is(err, storage.ErrNotFound) {
				return err
			}
		}
		if wait {
			own, err := tx.Applications().WaitingOf(ctx, a.SubmittedBy)
			if err != nil {
				return err
			}
			if own >= maxWaitingOf {
				return &problem.Error{Code: problem.Unavailable, Message: "More of your applications are waiting than can be read. Please try again later.", RetryAfter: time.Hour}
			}
			waiting, _, err := tx.Applications().Waiting(ctx)
			if err != nil {
				return err
			}
			if waiting >= maxWaiting {
				return &problem.Error{Code: problem.Unavailable, Message: "More applications are waiting than can be read. Please try again later.", RetryAfter: time.Hour}
			}
		}
		a.SubmittedAt = tx.Now()
		if err := tx.Applications().Insert(ctx, a); errors.Is(err, storage.ErrConflict) {
			return problem.New(problem.Conflict, "An application with this NPI is waiting already.")
		} else if err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Event{
			Kind: audit.ApplicationSubmitted, Outcome: audit.OutcomeAllow, Actor: by, Detail: map[string]string{"application": a.ID, "source": a.Source},
		}); err != nil {
			return err
		}
		if !wait {
			who, _, err := s.opener(a).open(ctx, tx, profile, by, map[string]string{"application": a.ID})
			if err != nil {
				return err
			}
			a.State, a.DecidedBy, a.DecidedAt, a.PersonID = storage.ApplicationApproved, name(by), tx.Now(), who.ID
			if err := tx.Applications().Decide(ctx, a); err != nil {
				return err
			}
		}
		return with(ctx, tx, a.ID, wait)
	})
	if err != nil {
		return "", fmt.Errorf("enroll: %w", err)
	}
	return a.ID, nil
}

// opener makes the account of an application.
func (s *Applications) opener(a storage.Application) opener {
	o := opener{people: s.People, pattern: s.Pattern}
	if a.Source == SourceProvisioning {
		o.id = a.ID
	}
	return o
}
