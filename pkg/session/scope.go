package session

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Scope is whose sessions are meant. Exactly one of its fields says so: what was
// left empty by mistake means nobody, never everyone.
type Scope struct {
	// PersonID is the id of an account, not a User ID.
	PersonID string
	// OrganizationID means whoever has a role in that organization now, or in one
	// that is part of it.
	OrganizationID string
	// ClientID means the sessions in which that application took part.
	ClientID string
	Everyone bool
}

// kind is the scope in one word, for the audit log.
func (w Scope) kind() string {
	switch {
	case w.PersonID != "":
		return "person"
	case w.OrganizationID != "":
		return "organization"
	case w.ClientID != "":
		return "client"
	}
	return "everyone"
}

// detail is what an audit event says of the scope besides its own fields.
func (w Scope) detail() map[string]string {
	d := map[string]string{"scope": w.kind()}
	if w.OrganizationID != "" {
		d["organization"] = w.OrganizationID
	}
	return d
}

// check refuses a scope that names nothing, too much, or what there is not: to end
// nothing would look as if something had ended.
func (s *Service) check(ctx context.Context, w Scope) error {
	ways := 0
	for _, given := range []bool{w.PersonID != "", w.OrganizationID != "", w.ClientID != "", w.Everyone} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return problem.New(problem.Invalid, "Say whose sessions: one person's, one organization's, one application's, or everyone's.")
	}
	if w.Everyone {
		return nil
	}
	err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		switch {
		case w.PersonID != "":
			_, err = tx.People().Get(ctx, w.PersonID)
		case w.OrganizationID != "":
			_, err = tx.Organizations().Get(ctx, w.OrganizationID)
		default:
			_, err = tx.Clients().Get(ctx, w.ClientID)
		}
		return err
	})
	switch {
	case errors.Is(err, storage.ErrNotFound) && w.PersonID != "":
		return problem.New(problem.NotFound, "There is no such account.")
	case errors.Is(err, storage.ErrNotFound) && w.OrganizationID != "":
		return problem.New(problem.NotFound, "There is no such organization.")
	case errors.Is(err, storage.ErrNotFound):
		return problem.New(problem.NotFound, "There is no application with this ID.")
	case err != nil:
		return fmt.Errorf("session: %w", err)
	}
	return nil
}

// each calls fn with the sessions of a scope that are alive, a person's the oldest
// first, and stops at its first error. fn may end them.
func (s *Service) each(ctx context.Context, w Scope, fn func(storage.Session) error) error {
	switch {
	case w.OrganizationID != "":
		seen := map[string]bool{}
		return s.members(ctx, w.OrganizationID, func(some []storage.Membership) error {
			var ids []string
			for _, m := range some {
				if !seen[m.PersonID] {
					seen[m.PersonID] = true
					ids = append(ids, m.PersonID)
				}
			}
			return s.ofPeople(ctx, ids, fn)
		})
	case w.PersonID != "":
		return s.ofPeople(ctx, []string{w.PersonID}, fn)
	}
	if err := s.Ephemeral.Sessions().Each(ctx, w.ClientID, s.Now(), fn); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return nil
}

// ofPeople calls fn with the sessions of people, those of one the oldest first.
func (s *Service) ofPeople(ctx context.Context, ids []string, fn func(storage.Session) error) error {
	all, err := s.Ephemeral.Sessions().ByPeople(ctx, s.Now(), ids...)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	whose := map[string][]storage.Session{}
	for _, one := range all {
		whose[one.PersonID] = append(whose[one.PersonID], one)
	}
	for _, id := range ids {
		slices.SortFunc(whose[id], inOrder)
		for _, one := range whose[id] {
			if err := fn(one); err != nil {
				return err
			}
		}
	}
	return nil
}
