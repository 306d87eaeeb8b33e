package enroll

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Accounts decides over accounts that there are.
type Accounts struct {
	Store  storage.Store
	People *person.Directory
	// Readdressed, when it is set, is told in the transaction in which notices get
	// other addresses: of the former and the new ones.
	Readdressed func(ctx context.Context, tx storage.Tx, personID, language string, addresses []string) error
	// Left, when it is set, is told in the transaction in which an account is suspended
	// or closed.
	Left func(ctx context.Context, tx storage.Tx, personID string, by audit.Actor) error
	// Roles returns the roles that somebody can be given.
	Roles func(ctx context.Context, tx storage.Tx) ([]string, error)
	// EndAccess ends every session and grant of a person whose account is in a state
	// now in which nobody signs in.
	EndAccess func(ctx context.Context, personID string, now storage.PersonState) error
	// Owe notes in the transaction of such a state that all that is to end, so that it
	// does also where EndAccess does not come to pass.
	Owe func(ctx context.Context, tx storage.Tx, personID string, now storage.PersonState) error
	// OweRoles, when it is set, notes in the transaction in which somebody is given roles
	// that their sessions are to end, by what they did before.
	OweRoles func(ctx context.Context, tx storage.Tx, personID string) error
}

// Find returns the account of a User ID, opened, and records that it was read.
func (s *Accounts) Find(ctx context.Context, userID string, by audit.Actor) (storage.Person, person.Profile, error) {
	return s.read(ctx, s.named(userID), by)
}

// read returns an account, opened, and records that it was read.
func (s *Accounts) read(ctx context.Context, find chosen, by audit.Actor) (storage.Person, person.Profile, error) {
	var (
		who     storage.Person
		profile person.Profile
	)
	err := s.Store.Tx(ctx, func(tx storage.Tx) (err error) {
		if who, err = find(ctx, tx); err != nil {
			return err
		}
		if profile, err = s.People.Open(who); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Kind: audit.PersonRead, Outcome: audit.OutcomeAllow, Actor: by, Subject: who.ID})
	})
	if err != nil {
		return storage.Person{}, person.Profile{}, fmt.Errorf("enroll: %w", err)
	}
	return who, profile, nil
}

// Suspend refuses sign-in until somebody decides, and ends all access. It may
// be done again, and then ends what is left.
func (s *Accounts) Suspend(ctx context.Context, userID, reason string, by audit.Actor) error {
	_, err := s.end(ctx, s.named(userID), Suspend, reason, by)
	return err
}

// Close ends an account for good, and all access. Its User ID is never given
// again.
func (s *Accounts) Close(ctx context.Context, userID, reason string, by audit.Actor) error {
	_, err := s.end(ctx, s.named(userID), Close, reason, by)
	return err
}

// chosen finds the account that is meant.
type chosen func(ctx context.Context, tx storage.Tx) (storage.Person, error)

// named is the account of a User ID.
func (s *Accounts) named(userID string) chosen {
	return func(ctx context.Context, tx storage.Tx) (storage.Person, error) { return s.byUserID(ctx, tx, userID) }
}

func (s *Accounts) end(ctx context.Context, find chosen, act Act, reason string, by audit.Actor) (storage.Person, error) {
	var who storage.Person
	err := s.again(ctx, func(tx storage.Tx) (err error) {
		if err := checkReason(reason); err != nil {
			return err
		}
		if who, err = find(ctx, tx); err != nil {
			return err
		}
		if act == Suspend { // no provisioning client ends what an operator has decided
			if err := tx.Provisioning().Release(ctx, who.ID); err != nil {
				return err
			}
		}
		return s.act(ctx, tx, &who, act, reason, by)
	})
	if err != nil {
		return storage.Person{}, fmt.Errorf("enroll: %w", err)
	}
	return who, s.endAccess(ctx, who)
}

// endAccess ends the access of who has none any more, without waiting for the outbox,
// which does what fails here. The state comes first: from here on nobody gets in.
func (s *Accounts) endAccess(ctx context.Context, who storage.Person) error {
	if err := s.EndAccess(context.WithoutCancel(ctx), who.ID, who.State); err != nil {
		return fmt.Errorf("enroll: the account is %s; its sessions could not be ended yet, which is tried again: %w", who.State, err)
	}
	return nil
}

// Reinstate ends a suspension. The account becomes what its password makes of
// it.
func (s *Accounts) Reinstate(ctx context.Context, userID, reason string, by audit.Actor) (storage.PersonState, error) {
	who, err := s.reinstate(ctx, s.named(userID), reason, by)
	return who.State, err
}

func (s *Accounts) reinstate(ctx context.Context, find chosen, reason string, by audit.Actor) (storage.Person, error) {
	var who storage.Person
	err := s.again(ctx, func(tx storage.Tx) (err error) {
		if err := checkReason(reason); err != nil {
			return err
		}
		if who, err = find(ctx, tx); err != nil {
			return err
		}
		return s.act(ctx, tx, &who, Reinstate, reason, by)
	})
	if err != nil {
		return storage.Person{}, fmt.Errorf("enroll: %w", err)
	}
	return who, nil
}

// act moves an account with its event. What was ended stays ended, without another
// event.
func (s *Accounts) act(ctx context.Context, tx storage.Tx, who *storage.Person, act Act, reason string, by audit.Actor) error {
	next, ok := Next(State(who.State), act)
	e := audit.Event{Outcome: audit.OutcomeAllow, Reason: reason, Actor: by}
	switch act {
	case Suspend:
		e.Kind = audit.PersonSuspended
		if who.State == storage.PersonSuspended {
			return nil
		}
	case Close:
		e.Kind = audit.PersonClosed
		if who.State == storage.PersonClosed {
			return nil
		}
		if err := s.freeNPI(ctx, tx, who); err != nil {
			return err
		}
	case Reinstate:
		if !ok {
			return problem.New(problem.Conflict, "This account is "+string(who.State)+", not suspended.")
		}
		password, err := tx.Passwords().Get(ctx, who.ID)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		next = Rest(password.Kind)
		e.Kind, e.Detail = audit.PersonReinstated, map[string]string{"state": string(next)}
	default:
		return problem.New(problem.Invalid, "This cannot be done to an account here.")
	}
	if !ok {
		return problem.New(problem.Conflict, "This account is "+string(who.State)+".")
	}
	if err := s.move(ctx, tx, who, next, e); err != nil || act == Reinstate {
		return err
	}
	if s.Owe != nil {
		if err := s.Owe(ctx, tx, who.ID, who.State); err != nil {
			return err
		}
	}
	if s.Left == nil {
		return nil
	}
	return s.Left(ctx, tx, who.ID, by)
}

// freeNPI lets somebody else have the NPI of an account that a directory had made and
// in which nobody could ever sign in: it proves nothing of whose it is.
func (s *Accounts) freeNPI(ctx context.Context, tx storage.Tx, who *storage.Person) error {
	a, err := tx.Applications().Get(ctx, who.ID)
	if errors.Is(err, storage.ErrNotFound) || err == nil && a.Source != SourceProvisioning {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.Passwords().Get(ctx, who.ID); !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	factors, err := tx.Authenticators().ByPerson(ctx, who.ID)
	if err == nil && len(factors) == 0 {
		who.NPIIndex = nil
	}
	return err
}

// move writes a new state and its event.
func (s *Accounts) move(ctx context.Context, tx storage.Tx, who *storage.Person, next State, e audit.Event) error {
	who.State, who.UpdatedAt = storage.PersonState(next), tx.Now()
	if err := tx.People().Update(ctx, *who); err != nil {
		if errors.Is(err, storage.ErrStale) {
			return problem.Wrap(problem.Conflict, "The account was changed a moment ago. Look at it again.", err)
		}
		return err
	}
	who.Version++
	e.Subject = who.ID
	return audit.Record(ctx, tx, e)
}

func (s *Accounts) byUserID(ctx context.Context, tx storage.Tx, userID string) (storage.Person, error) {
	who, err := tx.People().ByUserID(ctx, s.People.UserIDIndex(strings.TrimSpace(userID)))
	if errors.Is(err, storage.ErrNotFound) {
		return who, problem.Wrap(problem.NotFound, "There is no account with this User ID.", err)
	}
	return who, err
}

func checkReason(reason string) error {
	if !audit.IsReason(reason) {
		return problem.New(problem.Invalid, audit.ReasonWanted+"left_practice.")
	}
	return nil
}
