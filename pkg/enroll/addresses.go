package enroll

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// maxNotify is how many addresses besides that of the profile get notices.
const maxNotify = 4

// Addresses changes which addresses besides that of the profile get notices about
// an account, and returns all that get them from now on. Problems: NotFound;
// Invalid when an address is none, or there are too many.
func (s *Accounts) Addresses(ctx context.Context, userID string, add, remove []string, by audit.Actor) ([]string, error) {
	var now []string
	err := s.again(ctx, func(tx storage.Tx) error {
		who, err := s.byUserID(ctx, tx, userID)
		if err != nil {
			return err
		}
		profile, err := s.People.Open(who)
		if err != nil {
			return err
		}
		former := profile.Addresses()
		if err := notify(&profile, add, remove); err != nil {
			return err
		}
		now = profile.Addresses()
		if slices.Equal(now, former) {
			return nil
		}
		if err := s.People.Seal(&who, profile); err != nil {
			return err
		}
		if err := s.move(ctx, tx, &who, State(who.State), audit.Event{
			Kind: audit.AddressesChanged, Outcome: audit.OutcomeAllow, Actor: by, Detail: map[string]string{"count": strconv.Itoa(len(now))},
		}); err != nil {
			return err
		}
		if s.Readdressed == nil {
			return nil
		}
		for _, a := range now {
			if !slices.Contains(former, a) {
				former = append(former, a)
			}
		}
		return s.Readdressed(ctx, tx, who.ID, profile.Locale, former)
	})
	if err != nil {
		return nil, fmt.Errorf("enroll: %w", err)
	}
	return now, nil
}

// notify changes the addresses of a profile.
func notify(profile *person.Profile, add, remove []string) error {
	fields := person.Fields()
	rule := fields[slices.IndexFunc(fields, func(f person.Field) bool { return f.Name == "email" })]
	for _, a := range add {
		if why := rule.Problem(a); a == "" || why != "" {
			return problem.Wrap(problem.Invalid, "What is to be added is no e-mail address.", errors.New(why))
		}
		if !slices.Contains(profile.Notify, a) {
			profile.Notify = append(profile.Notify, a)
		}
	}
	profile.Notify = slices.DeleteFunc(profile.Notify, func(a string) bool { return slices.Contains(remove, a) })
	if len(profile.Notify) > maxNotify {
		return problem.New(problem.Invalid, "At most "+strconv.Itoa(maxNotify)+" addresses besides that of the profile get notices.")
	}
	return nil
}
