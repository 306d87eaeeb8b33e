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

// RolesSet is what became of the roles of somebody.
type RolesSet struct {
	// Profile is as it is kept now.
	Profile        person.Profile
	Added, Removed []string
	PersonID       string
}

// SetRoles gives somebody these roles instead of those that they had. Who has them already keeps them without an event.
// Problems: NotFound; Conflict when the account is closed; Invalid when the reason
// is no code, there are too many, or there is no such role: a role that nothing
// goes by would be a stricter policy that somebody believes in and nobody is held
// to. OweRoles is called also for who has them already: a former call may not have
// come so far as to end the sessions.
func (s *Accounts) SetRoles(ctx context.Context, userID string, written []string, reason string, by audit.Actor) (RolesSet, error) {
	var set RolesSet
	roles, why := person.ReadRoles(written)
	err := s.again(ctx, func(tx storage.Tx) error {
		if err := checkReason(reason); err != nil {
			return err
		}
		if why != "" {
			return problem.New(problem.Invalid, "The list "+why+".")
		}
		if err := s.checkRoles(ctx, tx, roles); err != nil {
			return err
		}
		who, err := s.byUserID(ctx, tx, userID)
		if err != nil {
			return err
		}
		if who.State == storage.PersonClosed {
			return problem.New(problem.Conflict, "This account is closed.")
		}
		profile, err := s.People.Open(who)
		if err != nil {
			return err
		}
		added, removed := missing(roles, profile.Roles), missing(profile.Roles, roles)
		set = RolesSet{profile, added, removed, who.ID}
		if s.OweRoles != nil {
			if err := s.OweRoles(ctx, tx, who.ID); err != nil {
				return err
			}
		}
		if len(added) == 0 && len(removed) == 0 {
			return nil
		}
		profile.Roles = roles
		set.Profile = profile
		if err := s.People.Seal(&who, profile); err != nil {
			return err
		}
		detail := map[string]string{}
		if len(added) > 0 {
			detail["added"] = strings.Join(added, " ")
		}
		if len(removed) > 0 {
			detail["removed"] = strings.Join(removed, " ")
		}
		return s.move(ctx, tx, &who, State(who.State), audit.Event{
			Kind: audit.PersonRolesChanged, Outcome: audit.OutcomeAllow, Reason: reason, Actor: by, Detail: detail,
		})
	})
	if err != nil {
		return RolesSet{}, fmt.Errorf("enroll: %w", err)
	}
	return set, nil
}

func (s *Accounts) checkRoles(ctx context.Context, tx storage.Tx, roles []string) error {
	if len(roles) == 0 {
		return nil // it takes no list to take everything away
	}
	known, err := s.Roles(ctx, tx)
	if err != nil {
		return err
	}
	if unknown := missing(roles, known); len(unknown) > 0 {
		return problem.New(problem.Invalid, fmt.Sprintf("There is no role %q to give to a person; %s. A new one is written into access.roles first.",
			unknown[0], thereAre(known)))
	}
	return nil
}

func thereAre(roles []string) string {
	if len(roles) == 0 {
		return "there is none"
	}
	return "there are " + strings.Join(roles, ", ")
}

// missing returns what of some is not among the others.
func missing(some, others []string) []string {
	return slices.DeleteFunc(slices.Clone(some), func(r string) bool { return slices.Contains(others, r) })
}
