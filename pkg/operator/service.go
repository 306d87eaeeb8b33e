package operator

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Service gives and takes the roles of operators.
type Service struct {
	Store storage.Store
	// Roles are those that can be given.
	Roles []string
	// Bound are the roles that applications alone can have, and that can be for one
	// organization.
	Bound []string
}

// Holder is whom a role is about.
type Holder struct {
	Kind storage.OperatorKind
	// ID is that of the person or the client.
	ID string
	// Organization is the one that a role of Bound is for; empty for all.
	Organization string
}

// is says whether it is the actor.
func (h Holder) is(by audit.Actor) bool { return by.Type == string(h.Kind) && by.ID == h.ID }

var errReason = problem.New(problem.Invalid, audit.ReasonWanted+"new_duty.")

// Grant gives a role, which counts from the next request on. problem.Denied for
// oneself, problem.Conflict for who has it, problem.NotFound for who is not there.
func (s *Service) Grant(ctx context.Context, to Holder, role, reason string, by audit.Actor) error {
	if err := s.check(role, reason); err != nil {
		return err
	}
	bound := slices.Contains(s.Bound, role)
	if bound && to.Kind != storage.OperatorClient || !bound && to.Organization != "" {
		return problem.New(problem.Invalid, "Roles for applications alone are "+strings.Join(s.Bound, ", ")+", and only these can be for one organization.")
	}
	if to.is(by) {
		return s.refuse(ctx, to, role, by)
	}
	return s.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := present(ctx, tx, to); err != nil {
			return err
		}
		if to.Organization != "" {
			if _, err := tx.Organizations().Hold(ctx, to.Organization); err != nil {
				return problem.Wrap(problem.NotFound, "There is no such organization that is active.", err)
			}
			// Whom the client made before, it may have made for another organization.
			if err := tx.Provisioning().Forget(ctx, to.ID); err != nil {
				return err
			}
		}
		err := tx.Operators().Appoint(ctx, storage.Operator{
			Kind: to.Kind, ID: to.ID, Role: role, OrganizationID: to.Organization, AppointedAt: tx.Now(), AppointedBy: by.Type + ":" + by.ID,
		})
		if errors.Is(err, storage.ErrConflict) {
			return problem.New(problem.Conflict, "This role was given before.")
		}
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, event(audit.OperatorAppointed, to, role, reason, by))
	})
}

// Remove takes a role, which counts from the next request on. problem.NotFound for
// who does not have it.
func (s *Service) Remove(ctx context.Context, from Holder, role, reason string, by audit.Actor) error {
	if err := s.check(role, reason); err != nil {
		return err
	}
	return s.Store.Tx(ctx, func(tx storage.Tx) error {
		err := tx.Operators().Remove(ctx, from.Kind, from.ID, role)
		if errors.Is(err, storage.ErrNotFound) {
			return problem.New(problem.NotFound, "This role is not held there.")
		}
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, event(audit.OperatorDismissed, from, role, reason, by))
	})
}

// List returns every role that is held, by holder. That they were read is recorded.
func (s *Service) List(ctx context.Context, by audit.Actor) (all []storage.Operator, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if all, err = tx.Operators().List(ctx); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.OperatorRead, Outcome: audit.OutcomeAllow, Actor: by, Detail: map[string]string{"count": strconv.Itoa(len(all))},
		})
	})
	return all, err
}

func (s *Service) check(role, reason string) error {
	if !slices.Contains(s.Roles, role) {
		return problem.New(problem.Invalid, "There is no such role of operators; there are "+strings.Join(s.Roles, ", ")+". A delegate administrator is made in an organization.")
	}
	if !audit.IsReason(reason) {
		return errReason
	}
	return nil
}

// refuse records that somebody wanted a role for themselves.
func (s *Service) refuse(ctx context.Context, to Holder, role string, by audit.Actor) error {
	e := event(audit.OperatorAppointed, to, role, "oneself", by)
	e.Outcome = audit.OutcomeDeny
	if err := audit.Deny(ctx, s.Store, e); err != nil {
		return err
	}
	return problem.New(problem.Denied, "Nobody gives a role to themselves.")
}

// present refuses whoever could not use a role.
func present(ctx context.Context, tx storage.Tx, h Holder) error {
	var err error
	switch h.Kind {
	case storage.OperatorPerson:
		var who storage.Person
		if who, err = tx.People().Get(ctx, h.ID); err == nil && who.State == storage.PersonClosed {
			return problem.New(problem.Conflict, "This account is closed.")
		}
	case storage.OperatorClient:
		_, err = tx.Clients().Get(ctx, h.ID)
	default:
		return problem.New(problem.Invalid, "An operator is a person or a client.")
	}
	if errors.Is(err, storage.ErrNotFound) {
		return problem.New(problem.NotFound, "There is no account, or no application, with this ID.")
	}
	return err
}

func event(kind audit.Kind, of Holder, role, reason string, by audit.Actor) audit.Event {
	e := audit.Event{
		Kind: kind, Outcome: audit.OutcomeAllow, Reason: reason, Actor: by,
		Detail: map[string]string{"kind": string(of.Kind), "id": of.ID, "role": role},
	}
	if of.Organization != "" {
		e.Detail["organization"] = of.Organization
	}
	if of.Kind == storage.OperatorPerson {
		e.Subject = of.ID
	} else {
		e.ClientID = of.ID
	}
	return e
}
