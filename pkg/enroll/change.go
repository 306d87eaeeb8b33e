package enroll

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Changing decides in a transaction what becomes of an account: it changes the
// profile and names an act, or none, with its reason.
type Changing func(ctx context.Context, tx storage.Tx, who storage.Person, profile *person.Profile) (act Act, reason string, err error)

// Change changes what is known of a person and the state of the account in one
// transaction, and ends all access where the state wants it. Act is Suspend,
// Reinstate, Close or empty. Problems: NotFound, Conflict, Invalid with an Invalid as
// the cause.
func (s *Accounts) Change(ctx context.Context, id string, decide Changing, by audit.Actor) (storage.Person, error) {
	var who storage.Person
	var done Act
	err := s.Store.Tx(ctx, func(tx storage.Tx) (err error) {
		if who, err = known(id, 0)(ctx, tx); err != nil {
			return err
		}
		former, err := s.People.Open(who)
		if err != nil {
			return err
		}
		next := former
		var reason string
		if done, reason, err = decide(ctx, tx, who, &next); err != nil {
			return err
		}
		if err := s.rewrite(ctx, tx, &who, former, next, by); err != nil {
			return err
		}
		if done == "" {
			return nil
		}
		return s.act(ctx, tx, &who, done, reason, by)
	})
	if err != nil {
		return storage.Person{}, fmt.Errorf("enroll: %w", err)
	}
	if done == Suspend || done == Close {
		err = s.endAccess(ctx, who)
	}
	return who, err
}

// rewrite writes what is known of a person now, and tells the addresses when they
// are others.
func (s *Accounts) rewrite(ctx context.Context, tx storage.Tx, who *storage.Person, former, next person.Profile, by audit.Actor) error {
	kept, changed, wrong := former, []string{}, Invalid{}
	for _, f := range person.Fields() {
		value := strings.TrimSpace(*f.Into(&next))
		if value == *f.Into(&former) {
			continue
		}
		if f.Name == "npi" {
			return problem.New(problem.Conflict, "The NPI of an account does not change.")
		}
		if why := f.Put(&kept, value); why != "" {
			wrong[f.Name] = why
		}
		if *f.Into(&kept) != *f.Into(&former) {
			changed = append(changed, f.Name)
		}
	}
	if len(wrong) > 0 {
		return problem.Wrap(problem.Invalid, wrong.Error(), wrong)
	}
	if len(changed) == 0 {
		return nil
	}
	if who.State == storage.PersonClosed {
		return problem.New(problem.Conflict, "This account is closed.")
	}
	if err := s.People.Seal(who, kept); err != nil {
		return err
	}
	slices.Sort(changed)
	if err := s.move(ctx, tx, who, State(who.State), audit.Event{
		Kind: audit.PersonProfileChanged, Outcome: audit.OutcomeAllow, Actor: by, Detail: map[string]string{"fields": strings.Join(changed, " ")},
	}); err != nil {
		return err
	}
	now, addresses := kept.Addresses(), former.Addresses()
	if s.Readdressed == nil || slices.Equal(now, addresses) {
		return nil
	}
	for _, a := range now {
		if !slices.Contains(addresses, a) {
			addresses = append(addresses, a)
		}
	}
	return s.Readdressed(ctx, tx, who.ID, kept.Locale, addresses)
}
