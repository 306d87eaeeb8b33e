package enroll

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// MaxPage is the most accounts that are listed at once.
const MaxPage = 100

// Account is an account, opened.
type Account struct {
	storage.Person
	Profile person.Profile
}

// Filter chooses accounts. ID, Subject, UserID, NPI and Email are looked up exactly; what
// is empty does not count.
type Filter struct {
	State              storage.PersonState
	ID, Subject        string
	UserID, NPI, Email string
	// UserIDPrefix, FamilyName and Organization are for Search alone: the beginning of
	// a User ID, and names as they stand in the profile, whatever their case.
	UserIDPrefix, FamilyName, Organization string
}

// names lists the filters that are set, without their values.
func (f Filter) names() string {
	var set []string
	for _, one := range []struct{ name, value string }{
		{"state", string(f.State)}, {"id", f.ID}, {"sub", f.Subject}, {"user_id", f.UserID}, {"npi", f.NPI}, {"email", f.Email},
		{"user_id_prefix", f.UserIDPrefix}, {"family_name", f.FamilyName}, {"organization", f.Organization},
	} {
		if one.value != "" {
			set = append(set, one.name)
		}
	}
	return strings.Join(set, " ")
}

// List returns up to limit accounts whose ID comes after the given one, by ID,
// and records that they were read.
func (s *Accounts) List(ctx context.Context, after string, limit int, f Filter, by audit.Actor) ([]Account, error) {
	limit = min(max(limit, 1), MaxPage)
	var found []Account
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		people, err := s.choose(ctx, tx, after, limit, f)
		if err != nil {
			return err
		}
		for _, p := range people {
			profile, err := s.People.Open(p)
			if err != nil {
				return err
			}
			found = append(found, Account{p, profile})
		}
		return f.record(ctx, tx, len(found), by)
	})
	if err != nil {
		return nil, fmt.Errorf("enroll: %w", err)
	}
	return found, nil
}

// record says that accounts were read, and how they were chosen.
func (f Filter) record(ctx context.Context, tx storage.Tx, count int, by audit.Actor) error {
	detail := map[string]string{"count": strconv.Itoa(count)}
	if names := f.names(); names != "" {
		detail["filter"] = names
	}
	if f.State != "" {
		detail["state"] = string(f.State)
	}
	return audit.Record(ctx, tx, audit.Event{Kind: audit.PersonListed, Outcome: audit.OutcomeAllow, Actor: by, Detail: detail})
}

func (s *Accounts) choose(ctx context.Context, tx storage.Tx, after string, limit int, f Filter) ([]storage.Person, error) {
	var one storage.Person
	var err error
	switch {
	case f.ID != "":
		one, err = tx.People().Get(ctx, f.ID)
	case f.Subject != "":
		one, err = tx.People().BySubject(ctx, f.Subject)
	case f.UserID != "":
		one, err = tx.People().ByUserID(ctx, s.People.UserIDIndex(f.UserID))
	case f.NPI != "":
		one, err = tx.People().ByNPI(ctx, s.People.NPIIndex(f.NPI))
	case f.Email != "":
		all, err := tx.People().ByEmail(ctx, s.People.EmailIndex(f.Email), MaxPage)
		return s.among(all, after, limit, f), err
	default:
		return tx.People().List(ctx, after, f.State, limit)
	}
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return s.among([]storage.Person{one}, after, limit, f), err
}

// among keeps those who pass every filter.
func (s *Accounts) among(people []storage.Person, after string, limit int, f Filter) []storage.Person {
	var kept []storage.Person
	for _, p := range people {
		switch {
		case p.ID <= after, len(kept) == limit, f.State != "" && p.State != f.State, f.ID != "" && p.ID != f.ID, f.Subject != "" && p.Subject != f.Subject,
			f.UserID != "" && string(p.UserIDIndex) != string(s.People.UserIDIndex(f.UserID)),
			f.NPI != "" && string(p.NPIIndex) != string(s.People.NPIIndex(f.NPI)),
			f.Email != "" && string(p.EmailIndex) != string(s.People.EmailIndex(f.Email)):
			continue
		}
		kept = append(kept, p)
	}
	return kept
}

// Get returns the account with an ID, opened, and records that it was read.
func (s *Accounts) Get(ctx context.Context, id string, by audit.Actor) (Account, error) {
	var found Account
	err := s.Store.Tx(ctx, func(tx storage.Tx) (err error) {
		if found.Person, err = known(id, 0)(ctx, tx); err != nil {
			return err
		}
		if found.Profile, err = s.People.Open(found.Person); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Kind: audit.PersonRead, Outcome: audit.OutcomeAllow, Actor: by, Subject: id})
	})
	if err != nil {
		return Account{}, fmt.Errorf("enroll: %w", err)
	}
	return found, nil
}

// Decide suspends, reinstates or closes the account with an ID, when its version
// is still the given one; otherwise storage.ErrStale. It returns the account as
// it is then.
func (s *Accounts) Decide(ctx context.Context, id string, version int64, act Act, reason string, by audit.Actor) (storage.Person, error) {
	find := known(id, version)
	switch act {
	case Suspend:
		return s.end(ctx, find, act, reason, by)
	case Close:
		return s.end(ctx, find, act, reason, by)
	case Reinstate:
		return s.reinstate(ctx, find, reason, by)
	}
	return storage.Person{}, problem.New(problem.Invalid, "This cannot be done to an account here.")
}

// known is the account with an ID, of a version unless that is 0.
func known(id string, version int64) chosen {
	return func(ctx context.Context, tx storage.Tx) (storage.Person, error) {
		who, err := tx.People().Get(ctx, id)
		switch {
		case errors.Is(err, storage.ErrNotFound):
			return who, problem.Wrap(problem.NotFound, "There is no such account.", err)
		case err == nil && version != 0 && who.Version != version:
			return who, storage.ErrStale
		}
		return who, err
	}
}
