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
	own := func(personID string) error {
		all, err := s.Own(ctx, personID)
		if err != nil {
			return err
		}
		for _, one := range all {
			if err := fn(one); err != nil {
				return err
			}
		}
		return nil
	}
	switch {
	case w.OrganizationID != "":
		return s.members(ctx, w.OrganizationID, own)
	case w.PersonID != "":
		return own(w.PersonID)
	}
	return s.Ephemeral.Sessions().Each(ctx, s.Now(), func(one storage.Session) error {
		if w.ClientID != "" && !slices.Contains(one.Clients, w.ClientID) {
			return nil
		}
		return fn(one)
	})
}

// membersPage is how many rows are read at once.
const membersPage = 200

// members calls fn with whoever has a role in an organization now, or in one that is part
// of it, each once, and stops at its first error: who has seen enough reads no further.
func (s *Service) members(ctx context.Context, organizationID string, fn func(personID string) error) error {
	seen := map[string]bool{}
	// An organization never gets another parent, so that none comes twice.
	for open := []string{organizationID}; len(open) > 0; {
		id := open[0]
		open = open[1:]
		if err := s.pages(ctx, func(tx storage.Tx, after string) (n int, last string, people []string, err error) {
			all, err := tx.Memberships().ByOrganization(ctx, id, after, tx.Now(), membersPage)
			for _, m := range all {
				last = m.ID
				people = append(people, m.PersonID)
			}
			return len(all), last, people, err
		}, func(personID string) error {
			if seen[personID] {
				return nil
			}
			seen[personID] = true
			return fn(personID)
		}); err != nil {
			return err
		}
		if err := s.pages(ctx, func(tx storage.Tx, after string) (n int, last string, parts []string, err error) {
			all, err := tx.Organizations().Children(ctx, id, after, membersPage)
			for _, o := range all {
				last = o.ID
				parts = append(parts, o.ID)
			}
			return len(all), last, parts, err
		}, func(part string) error {
			open = append(open, part)
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// pages reads pages, and calls fn with what is on each after it was read: fn may change
// what is stored.
func (s *Service) pages(ctx context.Context, read func(tx storage.Tx, after string) (n int, last string, found []string, err error), fn func(string) error) error {
	for after := ""; ; {
		var n int
		var found []string
		if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
			n, after, found, err = read(tx, after)
			return err
		}); err != nil {
			return fmt.Errorf("session: %w", err)
		}
		for _, one := range found {
			if err := fn(one); err != nil {
				return err
			}
		}
		if n < membersPage {
			return nil
		}
	}
}
