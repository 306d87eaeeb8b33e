package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Why a membership ended.
const (
	EndedRemoved = "removed"
	EndedLeft    = "left"
	EndedExpired = "expired"
	EndedClosed  = "organization_closed"
)

// maxMemberships is how many roles a person may have in all.
const maxMemberships = 100

// Membership is a membership with its business need, opened, and whose it is.
type Membership struct {
	storage.Membership
	Need         string
	UserID, Name string
	Account      storage.PersonState
	// SecondFactor says that the person has set one up.
	SecondFactor bool
}

// NewMembership is a role to be granted.
type NewMembership struct {
	OrganizationID, PersonID, Role string
	// Need is why the person needs it, in a line.
	Need string
	// EndsAt is when it ends; an operator may leave it zero, which is never.
	EndsAt time.Time
	// Except is a person who does not get it: who gives it as an operator, or empty.
	Except string
}

// Grant gives a person a role in an organization. Problems: Invalid, Denied,
// NotFound; Conflict when the person has it already, or the account is over.
func (s *Service) Grant(ctx context.Context, n NewMembership, by audit.Actor) (m storage.Membership, err error) {
	err = s.do(ctx, by, func(tx storage.Tx) (err error) {
		m, err = s.grantIn(ctx, tx, n, by)
		return err
	})
	return m, err
}

// grantIn is Grant in the caller's transaction.
func (s *Service) grantIn(ctx context.Context, tx storage.Tx, n NewMembership, by audit.Actor) (storage.Membership, error) {
	n.Need = strings.TrimSpace(n.Need)
	m := storage.Membership{
		ID: secret.NewID(), OrganizationID: n.OrganizationID, PersonID: n.PersonID, Role: n.Role, GrantedBy: actorName(by), EndsAt: n.EndsAt,
	}
	if _, err := s.decide(ctx, tx, by, n.OrganizationID, true, Case{Act: Grant, PersonID: n.PersonID, Role: n.Role, EndsAt: n.EndsAt}); err != nil {
		return m, err
	}
	if why := checkText(n.Need, 3, 200); why != "" {
		return m, problem.New(problem.Invalid, "The business need "+why+".")
	}
	who, err := tx.People().Get(ctx, n.PersonID)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return m, problem.Wrap(problem.NotFound, "There is no such account.", err)
	case err != nil:
		return m, err
	case who.State == storage.PersonClosed:
		return m, problem.New(problem.Conflict, "This account is closed.")
	}
	has, err := tx.Memberships().ByPerson(ctx, n.PersonID, tx.Now())
	if err != nil {
		return m, err
	}
	if len(has) >= maxMemberships {
		return m, problem.New(problem.Conflict, "This person has as many roles as one can have.")
	}
	m.Since = tx.Now()
	if m.Need, err = s.Keys.Seal(needPlace(m.ID), []byte(n.Need)); err != nil {
		return m, err
	}
	if err := tx.Memberships().Insert(ctx, m); errors.Is(err, storage.ErrConflict) {
		return m, problem.Wrap(problem.Conflict, "This person has this role here already.", err)
	} else if err != nil {
		return m, err
	}
	return m, audit.Record(ctx, tx, membershipEvent(audit.MembershipGranted, m, "", by))
}

func needPlace(id string) secret.Place {
	return secret.Place{Table: "membership", Column: "need", Row: id}
}

// opened are memberships with their needs and whose they are.
func (s *Service) opened(ctx context.Context, tx storage.Tx, some ...storage.Membership) ([]Membership, error) {
	ids := make([]string, len(some))
	for i, m := range some {
		ids[i] = m.PersonID
	}
	people, err := tx.Lookups().People(ctx, ids...)
	if err != nil {
		return nil, err
	}
	factors, err := tx.Lookups().Factors(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var all []Membership
	for _, m := range some {
		need, err := s.Keys.Open(needPlace(m.ID), m.Need)
		if err != nil {
			return nil, fmt.Errorf("membership %s: %w", m.ID, err)
		}
		who, ok := people[m.PersonID]
		if !ok {
			return nil, fmt.Errorf("membership %s: its person: %w", m.ID, storage.ErrNotFound)
		}
		profile, err := s.People.Open(who)
		if err != nil {
			return nil, fmt.Errorf("membership %s: %w", m.ID, err)
		}
		all = append(all, Membership{
			Membership: m, Need: string(need), UserID: profile.UserID, Name: profile.Name(), Account: who.State,
			SecondFactor: slices.ContainsFunc(factors[m.PersonID], func(k storage.AuthenticatorKind) bool { return k != storage.AuthenticatorRecovery }),
		})
	}
	return all, nil
}

// GrantNamed grants to the person of that User ID and family name: who knows the
// one alone does not find out whose it is. Problems as of Grant.
func (s *Service) GrantNamed(ctx context.Context, n NewMembership, userID, familyName string, by audit.Actor) (m storage.Membership, err error) {
	err = s.do(ctx, by, func(tx storage.Tx) error {
		// Strangers find out nothing about people either.
		if _, err := s.decide(ctx, tx, by, n.OrganizationID, true, Case{Act: Invite}); err != nil {
			return err
		}
		who, err := tx.People().ByUserID(ctx, s.People.UserIDIndex(strings.TrimSpace(userID)))
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		profile := person.Profile{}
		if err == nil {
			if profile, err = s.People.Open(who); err != nil {
				return err
			}
		}
		if who.ID == "" || who.State == storage.PersonClosed || !strings.EqualFold(profile.FamilyName, strings.TrimSpace(familyName)) {
			return &denial{verdict: no(ReasonPerson), act: Grant, organization: n.OrganizationID, role: n.Role}
		}
		if who.ID == n.Except {
			return &denial{verdict: no(ReasonOneself), act: Grant, organization: n.OrganizationID, person: who.ID, role: n.Role}
		}
		n.PersonID = who.ID
		m, err = s.grantIn(ctx, tx, n, by)
		return err
	})
	return m, err
}

// Member returns one membership of an organization. Problems: NotFound.
func (s *Service) Member(ctx context.Context, organizationID, id string, by audit.Actor) (o storage.Organization, found Membership, err error) {
	err = s.do(ctx, by, func(tx storage.Tx) error {
		c, err := s.decide(ctx, tx, by, organizationID, false, Case{Act: Read})
		if err != nil {
			return err
		}
		o = c.Organization
		m, err := tx.Memberships().Get(ctx, id)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		if m.OrganizationID != organizationID || !m.EndedAt.IsZero() {
			return problem.New(problem.NotFound, "There is no such membership.")
		}
		opened, err := s.opened(ctx, tx, m)
		if err != nil {
			return err
		}
		found = opened[0]
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.MembershipRead, Outcome: audit.OutcomeAllow, Actor: by, Subject: m.PersonID,
			Detail: map[string]string{"organization": organizationID, "count": "1"},
		})
	})
	return o, found, err
}

// Invite hands in an application for an account for somebody who has none, for an
// operator to approve: nobody here chooses or sees a password. Problems: as of the
// application, and NotFound.
func (s *Service) Invite(ctx context.Context, organizationID string, written person.Profile, by audit.Actor) (reference string, err error) {
	err = s.do(ctx, by, func(tx storage.Tx) error {
		c, err := s.decide(ctx, tx, by, organizationID, false, Case{Act: Invite})
		written.Organization = c.Organization.Name
		return err
	})
	if err != nil {
		return "", err
	}
	return s.Submit(ctx, written, by)
}

// Remove ends a membership and what rests on it. One that is over already is
// settled again, which is no error. Problems: NotFound, Denied.
func (s *Service) Remove(ctx context.Context, organizationID, id string, by audit.Actor) error {
	err := s.do(ctx, by, func(tx storage.Tx) error {
		m, err := tx.Memberships().Get(ctx, id)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		if m.OrganizationID != organizationID {
			m = storage.Membership{} // another organization's, which is nobody's business here
		}
		c, err := s.decide(ctx, tx, by, organizationID, false, Case{Act: Remove, PersonID: m.PersonID, Role: m.Role})
		if err != nil {
			return err
		}
		if m.ID == "" {
			return problem.New(problem.NotFound, "There is no such membership.")
		}
		reason := EndedRemoved
		if c.Caller.PersonID == m.PersonID {
			reason = EndedLeft
		}
		return end(ctx, tx, m.ID, reason, by)
	})
	if err != nil {
		return err
	}
	return s.settleOne(ctx, id)
}

// end ends a membership with its event; one that has ended is left as it is.
func end(ctx context.Context, tx storage.Tx, id, reason string, by audit.Actor) error {
	m, err := tx.Memberships().End(ctx, id, reason, actorName(by), tx.Now())
	if errors.Is(err, storage.ErrEnded) {
		return nil
	}
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, membershipEvent(audit.MembershipEnded, m, reason, by))
}

func membershipEvent(kind audit.Kind, m storage.Membership, reason string, by audit.Actor) audit.Event {
	e := audit.Event{
		Kind: kind, Outcome: audit.OutcomeAllow, Reason: reason, Actor: by, Subject: m.PersonID,
		Detail: map[string]string{"organization": m.OrganizationID, "membership": m.ID, "role": m.Role},
	}
	if !m.EndsAt.IsZero() {
		e.Detail["ends_at"] = m.EndsAt.UTC().Format(time.RFC3339)
	}
	return e
}

// Roster returns up to limit memberships of an organization, those after a given
// id, and records that they were read.
func (s *Service) Roster(ctx context.Context, organizationID, after string, limit int, by audit.Actor) (o storage.Organization, all []Membership, err error) {
	err = s.do(ctx, by, func(tx storage.Tx) error {
		c, err := s.decide(ctx, tx, by, organizationID, false, Case{Act: Read})
		if err != nil {
			return err
		}
		o = c.Organization
		found, err := tx.Memberships().ByOrganization(ctx, organizationID, after, tx.Now(), limit)
		if err != nil {
			return err
		}
		if all, err = s.opened(ctx, tx, found...); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.MembershipRead, Outcome: audit.OutcomeAllow, Actor: by,
			Detail: map[string]string{"organization": organizationID, "count": strconv.Itoa(len(all))},
		})
	})
	return o, all, err
}
