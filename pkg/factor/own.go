package factor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/mfa"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Demand is what policy asks of a person, whatever they have.
type Demand string

// The demands.
const (
	DemandNothing Demand = ""
	// DemandAny: a passkey or an authenticator app.
	DemandAny Demand = "any"
	// DemandPasskey: nothing but a passkey.
	DemandPasskey Demand = "passkey"
)

// meets says that what a person has is enough.
func (b Bound) meets(d Demand) bool {
	switch d {
	case DemandNothing:
		return true
	case DemandAny:
		return b.Any()
	}
	return b.Passkeys > 0 // what is not known asks for the most
}

// Held is something that a person has, as that person is told of it.
type Held struct {
	ID   string
	Kind storage.AuthenticatorKind
	// Name is what the person calls it; it may be empty.
	Name    string
	AddedAt time.Time
	// UsedAt is zero until it was used.
	UsedAt time.Time
	// UserVerified, Copied and BackedUp are the flags UV, BE and BS of a passkey, as
	// they were last (WebAuthn section 6.1).
	UserVerified, Copied, BackedUp bool
	// Suspect says that there may be two of a passkey, so that it works no more.
	Suspect bool
	// Kept says that policy asks for it: it cannot be removed.
	Kept bool
}

// Holding is all that a person has.
type Holding struct {
	Held []Held
	// Codes is how many recovery codes are left, and CodesAt when they were drawn.
	Codes   int
	CodesAt time.Time
}

// Own is what a person has, for that person.
func (s *Service) Own(ctx context.Context, personID string) (all Holding, err error) {
	err = s.Store.View(ctx, func(tx storage.Tx) error {
		records, err := tx.Authenticators().ByPerson(ctx, personID)
		if err != nil {
			return err
		}
		demand, err := s.demand(ctx, tx, personID)
		if err != nil {
			return err
		}
		bound := count(records)
		for _, a := range records {
			if a.Kind == storage.AuthenticatorRecovery {
				all.Codes, all.CodesAt = all.Codes+1, a.CreatedAt
				continue
			}
			one, err := s.held(a)
			if err != nil {
				return err
			}
			one.Kept = !bound.without(a.Kind).meets(demand)
			all.Held = append(all.Held, one)
		}
		return nil
	})
	if err != nil {
		return Holding{}, fmt.Errorf("factor: %w", err)
	}
	return all, nil
}

// OwnOne is one of what a person has, or a problem.NotFound.
func (s *Service) OwnOne(ctx context.Context, personID, id string) (Held, error) {
	all, err := s.Own(ctx, personID)
	if err != nil {
		return Held{}, err
	}
	for _, one := range all.Held {
		if one.ID == id {
			return one, nil
		}
	}
	return Held{}, errNoFactor
}

var errNoFactor = problem.New(problem.NotFound, "There is no such passkey or authenticator app.")

func (s *Service) held(a storage.Authenticator) (Held, error) {
	one := Held{ID: a.ID, Kind: a.Kind, AddedAt: a.CreatedAt, UsedAt: a.UsedAt}
	if len(a.Name) > 0 {
		name, err := s.Keys.Open(place("name", a.ID), a.Name)
		if err != nil {
			return one, err
		}
		one.Name = string(name)
	}
	if a.Kind != storage.AuthenticatorPasskey {
		return one, nil
	}
	text, err := s.Keys.Open(place("secret", a.ID), a.Secret)
	if err != nil {
		return one, err
	}
	var k mfa.Passkey
	if err := json.Unmarshal(text, &k); err != nil {
		return one, err
	}
	one.UserVerified, one.Copied, one.BackedUp = k.UserVerified, k.BackupEligible, k.BackedUp
	one.Suspect = k.Suspect
	return one, nil
}

// without is what is left when one of a kind is gone.
func (b Bound) without(kind storage.AuthenticatorKind) Bound {
	switch kind {
	case storage.AuthenticatorTOTP:
		b.TOTP--
	case storage.AuthenticatorPasskey:
		b.Passkeys--
	case storage.AuthenticatorRecovery:
		b.Codes--
	}
	return b
}

func (s *Service) demand(ctx context.Context, tx storage.Tx, personID string) (Demand, error) {
	if s.Demand == nil {
		return DemandNothing, nil
	}
	return s.Demand(ctx, tx, personID)
}

// Rename gives something that a person has another name; an empty one takes it away.
// Problems: Invalid, NotFound.
func (s *Service) Rename(ctx context.Context, personID, id, name string) error {
	sealed, err := s.sealName(id, name)
	if err != nil {
		return err
	}
	return s.change(ctx, personID, id, Renamed, func(tx storage.Tx, _ storage.Authenticator) error {
		return tx.Authenticators().Rename(ctx, personID, id, sealed)
	})
}

// Remove removes something that a person has, and with the last of it the recovery
// codes. with, unless it is nil, is called in the transaction of it. Problems: NotFound;
// Conflict when policy asks for it.
func (s *Service) Remove(ctx context.Context, personID, id string, with With) error {
	return s.change(ctx, personID, id, Removed, func(tx storage.Tx, a storage.Authenticator) error {
		bound, err := Count(ctx, tx, personID)
		if err != nil {
			return err
		}
		demand, err := s.demand(ctx, tx, personID)
		if err != nil {
			return err
		}
		left := bound.without(a.Kind)
		if !left.meets(demand) {
			return problem.New(problem.Conflict, "Your role needs it. Set up another one first.").Because(problem.FactorNeeded)
		}
		if with != nil {
			if err := with(ctx, tx); err != nil {
				return err
			}
		}
		if !left.Any() {
			if _, err := tx.Authenticators().RemoveKind(ctx, personID, storage.AuthenticatorRecovery); err != nil {
				return err
			}
		}
		return tx.Authenticators().Remove(ctx, personID, id)
	})
}

// change does something to one of what a person has, notes it and tells the person.
func (s *Service) change(ctx context.Context, personID, id string, how Change, do func(storage.Tx, storage.Authenticator) error) error {
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := hold(ctx, tx, personID); err != nil {
			return err
		}
		records, err := tx.Authenticators().ByPerson(ctx, personID)
		if err != nil {
			return err
		}
		for _, a := range records {
			if a.ID != id || a.Kind == storage.AuthenticatorRecovery {
				continue
			}
			if err := do(tx, a); err != nil {
				return err
			}
			if err := audit.Record(ctx, tx, audit.Event{
				Kind: changes()[how], Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: personID},
				Subject: personID, Detail: map[string]string{"method": string(a.Kind), "factor": a.ID},
			}); err != nil {
				return err
			}
			return s.tell(ctx, tx, personID, how)
		}
		return storage.ErrNotFound
	})
	if errors.Is(err, storage.ErrNotFound) {
		return problem.Wrap(problem.NotFound, errNoFactor.Message, err)
	}
	if err != nil {
		return changed(err)
	}
	return nil
}

// changed says of a change that was not done because of another one that it was that.
func changed(err error) error {
	if errors.Is(err, storage.ErrStale) {
		return problem.Wrap(problem.Conflict, "Something else was changed at this moment. Please try again.", err)
	}
	return fmt.Errorf("factor: %w", err)
}

// hold keeps other changes of a person out until the transaction ends, so that of two
// that leave enough, each by itself, not both are done. storage.ErrStale when there
// was another one.
func hold(ctx context.Context, tx storage.Tx, personID string) error {
	return holdVersion(ctx, tx, personID, 0)
}

// holdVersion is hold where the account has a version, unless that is 0; otherwise
// storage.ErrStale.
func holdVersion(ctx context.Context, tx storage.Tx, personID string, version int64) error {
	who, err := tx.People().Get(ctx, personID)
	if err != nil {
		return err
	}
	if version != 0 && who.Version != version {
		return storage.ErrStale
	}
	who.UpdatedAt = tx.Now()
	return tx.People().Update(ctx, who)
}

func changes() map[Change]audit.Kind {
	return map[Change]audit.Kind{Renamed: audit.FactorRenamed, Removed: audit.FactorRemoved}
}
