package access

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

const (
	// maxDepth is how many organizations may be part of one another.
	maxDepth = 8
	// page is how much is read at once.
	page = 200
)

// Kinds returns what an organization can be.
func Kinds() []storage.OrganizationKind {
	return []storage.OrganizationKind{storage.OrganizationPractice, storage.OrganizationFacility, storage.OrganizationDepartment}
}

// NewOrganization is an organization to be made.
type NewOrganization struct {
	Name     string
	Kind     storage.OrganizationKind
	ParentID string
	// Ceiling is the roles that its administrators may grant.
	Ceiling []string
	// Alone says that there is to be no other of this name that is part of the same one.
	Alone bool
}

// Create makes an organization. Problems: Invalid; NotFound and Conflict when the
// parent is not there, is closed, or is as deep as one may be; Conflict when it is to be
// alone and is not.
func (s *Service) Create(ctx context.Context, n NewOrganization, by audit.Actor) (storage.Organization, error) {
	o := storage.Organization{
		ID: secret.NewID(), ParentID: n.ParentID, Kind: n.Kind, State: storage.OrganizationActive, Name: strings.TrimSpace(n.Name), Version: 1,
	}
	err := s.do(ctx, by, func(tx storage.Tx) (err error) {
		if _, err := s.decide(ctx, tx, by, "", false, Case{Act: Create}); err != nil {
			return err
		}
		if why := checkText(o.Name, 1, 200); why != "" {
			return problem.New(problem.Invalid, "The name "+why+".")
		}
		if !slices.Contains(Kinds(), o.Kind) {
			return problem.New(problem.Invalid, "The kind must be practice, facility or department.")
		}
		if o.Ceiling, err = s.ceiling(n.Ceiling); err != nil {
			return err
		}
		if err := s.under(ctx, tx, o.ParentID); err != nil {
			return err
		}
		if n.Alone {
			if err := alone(ctx, tx, o); err != nil {
				return err
			}
		}
		o.CreatedAt, o.UpdatedAt = tx.Now(), tx.Now()
		if err := tx.Organizations().Insert(ctx, o); err != nil {
			return err
		}
		return audit.Record(ctx, tx, organizationEvent(audit.OrganizationCreated, o, by))
	})
	return o, err
}

// alone refuses an organization that could be taken for another one.
func alone(ctx context.Context, tx storage.Tx, o storage.Organization) error {
	all, err := tx.Organizations().Named(ctx, o.Name, page)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.ParentID == o.ParentID {
			return problem.New(problem.Conflict, "There is an organization of this name already: "+other.ID+".")
		}
	}
	return nil
}

// Meant returns the ID of the organization that somebody calls by its ID, or by its name
// where one alone has it. What is neither it returns as it is. It is for operators.
// Problem: Conflict when several have the name.
func (s *Service) Meant(ctx context.Context, called string) (string, error) {
	var named []storage.Organization
	err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		if _, err = tx.Organizations().Get(ctx, called); !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		named, err = tx.Organizations().Named(ctx, called, 5)
		return err
	})
	switch {
	case err != nil || len(named) == 0:
		return called, err
	case len(named) == 1:
		return named[0].ID, nil
	}
	return "", several(named)
}

// several refuses a name that is not that of one organization alone.
func several(named []storage.Organization) error {
	ids := make([]string, len(named))
	for i, o := range named {
		ids[i] = o.ID
	}
	return problem.New(problem.Conflict, "Several organizations have this name. Say the ID of one: "+strings.Join(ids, ", ")+".")
}

// Known returns the ID of the organization that somebody calls by its ID, or by its name,
// whether it is closed or not: for who looks at what was. It is for operators. Problems:
// Conflict when several have, or had, the name; NotFound.
func (s *Service) Known(ctx context.Context, called string) (string, error) {
	var named []storage.Organization
	err := s.Store.View(ctx, func(tx storage.Tx) error {
		one, err := tx.Organizations().Get(ctx, called)
		if err == nil {
			named = append(named, one)
		}
		if !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		for after := ""; ; {
			some, err := tx.Organizations().List(ctx, after, page)
			if err != nil {
				return err
			}
			for _, o := range some {
				if after = o.ID; o.Name == called {
					named = append(named, o)
				}
			}
			if len(some) < page {
				return nil
			}
		}
	})
	switch {
	case err != nil:
		return "", err
	case len(named) == 0:
		return "", problem.New(problem.NotFound, "There is no organization with this ID or name.")
	case len(named) > 1:
		return "", several(named[:min(len(named), 5)])
	}
	return named[0].ID, nil
}

// under says whether there may be something below a parent, and keeps the parent
// from being closed meanwhile.
func (s *Service) under(ctx context.Context, tx storage.Tx, id string) error {
	if id == "" {
		return nil
	}
	parent, err := tx.Organizations().Hold(ctx, id)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return problem.Wrap(problem.NotFound, "There is no such parent organization.", err)
	case errors.Is(err, storage.ErrEnded):
		return problem.Wrap(problem.Conflict, "The parent organization is closed.", err)
	case err != nil:
		return err
	}
	for depth := 2; parent.ParentID != ""; depth++ {
		if depth >= maxDepth {
			return problem.New(problem.Conflict, "Organizations can be "+strconv.Itoa(maxDepth)+" levels deep, not more.")
		}
		if parent, err = tx.Organizations().Get(ctx, parent.ParentID); err != nil {
			return err
		}
	}
	return nil
}

// ceiling judges the roles that administrators may grant.
func (s *Service) ceiling(roles []string) ([]string, error) {
	all := slices.Clone(roles)
	slices.Sort(all)
	all = slices.Compact(all)
	for _, r := range all {
		if !slices.Contains(s.Rules.Roles, r) {
			return nil, problem.New(problem.Invalid, "There is no role "+strconv.Quote(r)+"; there are "+strings.Join(s.Rules.Roles, ", ")+".")
		}
	}
	return all, nil
}

// Get returns an organization that the caller may see. NotFound otherwise.
func (s *Service) Get(ctx context.Context, id string, by audit.Actor) (storage.Organization, error) {
	var o storage.Organization
	err := s.do(ctx, by, func(tx storage.Tx) error {
		c, err := s.decide(ctx, tx, by, id, false, Case{Act: Read})
		o = c.Organization
		return err
	})
	return o, err
}

// List returns up to limit organizations with an id greater than after. It is for
// operators.
func (s *Service) List(ctx context.Context, after string, limit int) (all []storage.Organization, err error) {
	err = s.Store.View(ctx, func(tx storage.Tx) (err error) {
		all, err = tx.Organizations().List(ctx, after, limit)
		return err
	})
	return all, err
}

// Parts returns up to limit organizations that are part of another one, or all
// when that is empty, with an id greater than after. It is for operators.
func (s *Service) Parts(ctx context.Context, parentID, after string, limit int) (all []storage.Organization, err error) {
	if parentID == "" {
		return s.List(ctx, after, limit)
	}
	err = s.Store.View(ctx, func(tx storage.Tx) (err error) {
		all, err = tx.Organizations().Children(ctx, parentID, after, limit)
		return err
	})
	return all, err
}

// Administered returns the organizations whose administrator a person is.
func (s *Service) Administered(ctx context.Context, personID string) (all []storage.Organization, err error) {
	err = s.Store.View(ctx, func(tx storage.Tx) error {
		c, err := caller(ctx, tx, audit.Actor{Type: "person", ID: personID})
		if err != nil {
			return err
		}
		for _, id := range c.Administers {
			o, err := tx.Organizations().Get(ctx, id)
			if err != nil {
				return err
			}
			all = append(all, o)
		}
		return nil
	})
	return all, err
}

// SetCeiling says which roles the administrators of an organization may grant from
// now on. What they have granted stays.
func (s *Service) SetCeiling(ctx context.Context, id string, roles []string, by audit.Actor) (storage.Organization, error) {
	return s.SetCeilingOf(ctx, id, 0, roles, by)
}

// SetCeilingOf is SetCeiling where the organization has a version, unless that is 0;
// otherwise storage.ErrStale.
func (s *Service) SetCeilingOf(ctx context.Context, id string, version int64, roles []string, by audit.Actor) (o storage.Organization, err error) {
	err = s.do(ctx, by, func(tx storage.Tx) error {
		c, err := s.decide(ctx, tx, by, id, true, Case{Act: Change})
		if err != nil {
			return err
		}
		if o = c.Organization; version != 0 && o.Version != version {
			return storage.ErrStale
		}
		if o.Ceiling, err = s.ceiling(roles); err != nil {
			return err
		}
		o.UpdatedAt = tx.Now()
		if err := tx.Organizations().Update(ctx, o); err != nil {
			return err
		}
		o.Version++
		return audit.Record(ctx, tx, organizationEvent(audit.OrganizationChanged, o, by))
	})
	return o, err
}

// Close ends an organization for good, every membership in it, and what rests on
// them. Conflict while another one that is active is part of it.
func (s *Service) Close(ctx context.Context, id string, by audit.Actor) (ended int, err error) {
	return s.CloseVersion(ctx, id, 0, "", by)
}

// CloseVersion is Close where the organization has a version, unless that is 0,
// otherwise storage.ErrStale; with a code for the audit log, or none.
func (s *Service) CloseVersion(ctx context.Context, id string, version int64, reason string, by audit.Actor) (ended int, err error) {
	err = s.do(ctx, by, func(tx storage.Tx) error {
		c, err := s.decide(ctx, tx, by, id, true, Case{Act: Close})
		if err != nil {
			return err
		}
		o := c.Organization
		if version != 0 && o.Version != version {
			return storage.ErrStale
		}
		if err := childless(ctx, tx, id); err != nil {
			return err
		}
		o.State, o.UpdatedAt, o.ClosedAt = storage.OrganizationClosed, tx.Now(), tx.Now()
		if err := tx.Organizations().Update(ctx, o); err != nil {
			return err
		}
		for {
			// What was ended is no longer found.
			all, err := tx.Memberships().ByOrganization(ctx, id, "", tx.Now(), page)
			if err != nil {
				return err
			}
			for _, m := range all {
				if err := end(ctx, tx, m.ID, EndedClosed, by); err != nil {
					return err
				}
			}
			ended += len(all)
			if len(all) < page {
				break
			}
		}
		e := organizationEvent(audit.OrganizationClosed, o, by)
		e.Reason, e.Detail["count"] = reason, strconv.Itoa(ended)
		return audit.Record(ctx, tx, e)
	})
	if err != nil {
		return 0, err
	}
	return ended, s.settle(ctx)
}

func childless(ctx context.Context, tx storage.Tx, id string) error {
	for after := ""; ; {
		all, err := tx.Organizations().Children(ctx, id, after, page)
		if err != nil {
			return err
		}
		for _, child := range all {
			if child.State == storage.OrganizationActive {
				return problem.New(problem.Conflict, "Another organization is part of this one. Close that one first: "+child.ID+".")
			}
			after = child.ID
		}
		if len(all) < page {
			return nil
		}
	}
}

func organizationEvent(kind audit.Kind, o storage.Organization, by audit.Actor) audit.Event {
	e := audit.Event{Kind: kind, Outcome: audit.OutcomeAllow, Actor: by, Detail: map[string]string{"organization": o.ID, "kind": string(o.Kind)}}
	if o.ParentID != "" {
		e.Detail["parent"] = o.ParentID
	}
	if len(o.Ceiling) > 0 {
		e.Detail["ceiling"] = strings.Join(o.Ceiling, " ")
	}
	return e
}
