package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Listing is what an operator wants to see.
type Listing struct {
	Scope
	// After is where the page before ended; the zero Place begins.
	After Place
	// Limit is the most sessions that are returned, from 1.
	Limit int
	By    audit.Actor
}

// Place is where a page of a listing ended.
type Place struct {
	// After is the last session on it.
	After storage.SessionPlace
	// OrganizationID is where the page ended, in a listing of an organization: there, or
	// in one of its parts. MembershipID is the last that was looked at there, that of
	// whoever has the session After, if any.
	OrganizationID, MembershipID string
}

// IsZero says that the place is the beginning, or that nothing comes after a page.
func (p Place) IsZero() bool { return p.After.IsZero() && p.OrganizationID == "" }

// errPlace is the answer to a place where no page ended.
var errPlace = problem.New(problem.Invalid, "The place is not one where a page of this list ended.")

// pageSteps is how often a page is looked on for more, where what it looked at did not
// fill it: who is not signed in, sessions that are over and not yet gone.
const pageSteps = 10

// List returns sessions of a scope that are alive, records that they were read, and says
// where it ended: the zero Place when there are no more. They come the oldest first, those
// of an organization by the membership and each once on a page. A page may have fewer than
// the limit, or none, before the last: what it costs does not depend on where it is, nor on
// how many are signed in.
func (s *Service) List(ctx context.Context, l Listing) (all []storage.Session, next Place, err error) {
	if l.Limit < 1 {
		return nil, Place{}, problem.New(problem.Invalid, "The limit must be at least 1.")
	}
	if err := s.check(ctx, l.Scope); err != nil {
		return nil, Place{}, err
	}
	switch {
	case (l.OrganizationID == "") != (l.After.OrganizationID == "") && !l.After.IsZero():
		return nil, Place{}, errPlace
	case l.OrganizationID != "":
		all, next, err = s.listStaff(ctx, l)
	case l.PersonID != "":
		all, next, err = s.listOwn(ctx, l)
	default:
		all, next, err = s.listAll(ctx, l)
	}
	if err != nil {
		return nil, Place{}, err
	}
	if err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		detail := l.detail()
		detail["count"] = strconv.Itoa(len(all))
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.SessionRead, Outcome: audit.OutcomeAllow, Actor: l.By, Subject: l.PersonID, ClientID: l.ClientID, Detail: detail,
		})
	}); err != nil {
		return nil, Place{}, fmt.Errorf("session: %w", err)
	}
	return all, next, nil
}

// listAll is a page of everyone's sessions, or of those of an application.
func (s *Service) listAll(ctx context.Context, l Listing) (all []storage.Session, next Place, err error) {
	next = l.After
	for range pageSteps {
		var some []storage.Session
		if some, next.After, err = s.Ephemeral.Sessions().Page(ctx, l.ClientID, next.After, s.Now(), l.Limit-len(all)); err != nil {
			return nil, Place{}, fmt.Errorf("session: %w", err)
		}
		if all = append(all, some...); len(all) == l.Limit || next.IsZero() {
			break
		}
	}
	return all, next, nil
}

// listOwn is a page of the sessions of one person, who never has many.
func (s *Service) listOwn(ctx context.Context, l Listing) (all []storage.Session, next Place, err error) {
	if all, err = s.Own(ctx, l.PersonID); err != nil {
		return nil, Place{}, err
	}
	all = after(all, l.After.After)
	if len(all) > l.Limit {
		all = all[:l.Limit]
		next.After = all[l.Limit-1].Place()
	}
	return all, next, nil
}

// after are the sessions after a place, of some that are in order.
func after(all []storage.Session, place storage.SessionPlace) []storage.Session {
	if place.IsZero() {
		return all
	}
	i := slices.IndexFunc(all, func(one storage.Session) bool { return one.Place().Compare(place) > 0 })
	if i < 0 {
		return nil
	}
	return all[i:]
}

// listStaff is a page of the sessions of whoever has a role in an organization.
func (s *Service) listStaff(ctx context.Context, l Listing) (all []storage.Session, next Place, err error) {
	at := roster{whole: l.OrganizationID, at: l.OrganizationID}
	if l.After.OrganizationID != "" {
		at.at, at.after = l.After.OrganizationID, l.After.MembershipID
	}
	some, err := s.resumed(ctx, at, l.After)
	seen := map[string]bool{} // of this page
	for steps := 0; err == nil; steps++ {
		here := at.at
		if steps > 0 {
			some, at, err = s.step(ctx, at)
			if err != nil {
				break
			}
		}
		var people []string
		of := map[string]string{}
		for _, m := range some {
			if !seen[m.PersonID] {
				seen[m.PersonID], of[m.PersonID] = true, m.ID
				people = append(people, m.PersonID)
			}
		}
		err = s.ofPeople(ctx, people, func(one storage.Session) error {
			if steps == 0 && one.Place().Compare(l.After.After) <= 0 {
				return nil
			}
			all = append(all, one)
			if len(all) == l.Limit {
				next = Place{After: one.Place(), OrganizationID: here, MembershipID: of[one.PersonID]}
				return errEnough
			}
			return nil
		})
		if err == nil && (at.at == "" || steps == pageSteps) {
			return all, Place{OrganizationID: at.at, MembershipID: at.after}, nil
		}
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	return all, next, err
}

// errEnough ends a look through the sessions.
var errEnough = errors.New("session: enough")

// resumed is the membership with which a page begins: that of the person within whose
// sessions the page before ended, if it is not over.
func (s *Service) resumed(ctx context.Context, at roster, place Place) (some []storage.Membership, err error) {
	if place.OrganizationID == "" {
		return nil, nil
	}
	err = s.Store.View(ctx, func(tx storage.Tx) error {
		// A place is what the caller says: it leads to no other organization.
		is, err := at.within(ctx, tx)
		if err != nil || !is {
			return errors.Join(err, errPlace)
		}
		if place.After.IsZero() {
			return nil
		}
		m, err := tx.Memberships().Get(ctx, place.MembershipID)
		switch {
		case err != nil:
			return err
		case m.OrganizationID != at.at:
			return errPlace
		case m.EndedAt.IsZero() && (m.EndsAt.IsZero() || m.EndsAt.After(tx.Now())):
			some = []storage.Membership{m}
		}
		return nil
	})
	switch {
	case errors.Is(err, storage.ErrNotFound), errors.Is(err, errPlace):
		return nil, errPlace
	case err != nil:
		return nil, fmt.Errorf("session: %w", err)
	}
	return some, nil
}
