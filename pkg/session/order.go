package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// List returns the sessions of a person that are alive, the oldest first, and
// records that they were read.
func (s *Service) List(ctx context.Context, personID string, by audit.Actor) ([]storage.Session, error) {
	all, err := s.Own(ctx, personID)
	if err != nil {
		return nil, err
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.SessionRead, Outcome: audit.OutcomeAllow, Actor: by, Subject: personID,
			Detail: map[string]string{"count": strconv.Itoa(len(all))},
		})
	})
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	return all, nil
}

// Order is what an operator wants ended.
type Order struct {
	PersonID string
	// SessionID is one session of the person; empty means all of them.
	SessionID string
	// Reason is a code, for the audit log.
	Reason string
	By     audit.Actor
}

// Sweep is what an operator wants ended of many people's.
type Sweep struct {
	// ClientID means the sessions in which that application took part; empty means
	// everyone's.
	ClientID string
	// Reason is a code, for the audit log.
	Reason string
	By     audit.Actor
}

// EndSwept ends what an operator wants ended, and returns how many sessions that
// were. The order is in the audit log before the first of them ends. One that
// cannot be ended does not keep the others; doing it again ends what is left.
func (s *Service) EndSwept(ctx context.Context, o Sweep) (int, error) {
	if !orderReason.MatchString(o.Reason) {
		return 0, errReason
	}
	detail := map[string]string{"scope": "client"}
	if o.ClientID == "" {
		detail["scope"] = "everyone"
	}
	if err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.SessionEndOrdered, Outcome: audit.OutcomeAllow, Reason: o.Reason, Actor: o.By, ClientID: o.ClientID, Detail: detail,
		})
	}); err != nil {
		return 0, fmt.Errorf("session: %w", err)
	}
	n, failed := 0, 0
	var first error
	err := s.Ephemeral.Sessions().Each(ctx, s.Now(), func(one storage.Session) error {
		if o.ClientID != "" && !slices.Contains(one.Clients, o.ClientID) {
			return nil
		}
		if err := s.end(ctx, one, ReasonOperator); err != nil {
			failed, first = failed+1, cmp.Or(first, err)
			return ctx.Err()
		}
		n++
		return nil
	})
	if failed > 0 {
		err = errors.Join(err, fmt.Errorf("session: %d could not be ended: %w", failed, first))
	}
	return n, err
}

// errReason refuses a reason that is no code.
var errReason = problem.New(problem.Invalid, "The reason must be a code: small letters, digits and underscores, such as lost_laptop.")

// orderReason is a word or a few, no sentence about anybody.
var orderReason = regexp.MustCompile(`^[a-z][a-z0-9_]{1,39}$`)

// EndOrdered ends what an operator wants ended and returns how many sessions
// that were. The order is in the audit log before the first of them ends. It can
// be given again, and then ends what is left.
func (s *Service) EndOrdered(ctx context.Context, o Order) (int, error) {
	if !orderReason.MatchString(o.Reason) {
		return 0, errReason
	}
	all, err := s.Own(ctx, o.PersonID)
	if err != nil {
		return 0, err
	}
	if o.SessionID != "" {
		all = slices.DeleteFunc(all, func(one storage.Session) bool { return one.ID != o.SessionID })
		if len(all) == 0 {
			return 0, problem.New(problem.NotFound, "This person has no such session.")
		}
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.SessionEndOrdered, Outcome: audit.OutcomeAllow, Reason: o.Reason, Actor: o.By, Subject: o.PersonID,
			SessionID: o.SessionID, Detail: map[string]string{"count": strconv.Itoa(len(all))},
		})
	})
	if err != nil {
		return 0, fmt.Errorf("session: %w", err)
	}
	n := 0
	var errs []error
	for _, one := range all {
		if err := s.end(ctx, one, ReasonOperator); err != nil {
			errs = append(errs, err)
			continue
		}
		n++
	}
	return n, errors.Join(errs...)
}
