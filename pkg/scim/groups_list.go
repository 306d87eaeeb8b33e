package scim

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/scim2/filter-parser/v2"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// indexedGroups are the attributes by which groups are found.
func indexedGroups() []string { return []string{"id", "displayName", "members"} }

func (s *Server) listGroups(ctx context.Context, c *call) (*answer, error) {
	k := groups()
	l, err := listed(k, c.query)
	if err != nil {
		return nil, err
	}
	var by []anchor
	if l.filter != nil {
		if by, err = anchors(k, l.filter, indexedGroups()); err != nil {
			return nil, err
		}
	}
	var found []map[string]any
	var total int64
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		var some []group
		if l.filter == nil {
			some, total, err = s.pageOfGroups(ctx, tx, c.by, l)
		} else {
			some, err = s.groupCandidates(ctx, tx, c.by, by)
		}
		if err != nil {
			return err
		}
		var n int
		if found, n, err = s.withMembers(ctx, tx, some, l); err != nil {
			return err
		}
		return audit.Record(ctx, tx, rosterRead(c.by, c.by.Organization, n))
	})
	if err != nil {
		return nil, err
	}
	if l.filter != nil {
		found = slices.DeleteFunc(found, func(m map[string]any) bool { return !matches(k, l.filter, m) })
		total, found = int64(len(found)), cut(l, found)
	}
	for i := range found {
		found[i] = l.view.of(k, found[i])
	}
	return page(total, l, found), nil
}

// withMembers are groups as clients see them, and how many members they have.
func (s *Server) withMembers(ctx context.Context, tx storage.Tx, some []group, l listing) (found []map[string]any, n int, err error) {
	asked := !l.view.lacks("members") || mentions(l.filter, "members")
	for _, g := range some {
		var people []string
		if asked {
			has, err := access.Having(ctx, tx, g.organization.ID, g.role)
			if err != nil {
				return nil, 0, crowd(err)
			}
			people = membersOf(has)
			if n += len(people); n > access.MaxStaff {
				return nil, 0, crowd(nil)
			}
		}
		found = append(found, s.groupResource(g, people))
	}
	return found, n, nil
}

// mentions says that a filter is about an attribute.
func mentions(e filter.Expression, name string) bool {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		return mentions(e.Left, name) || mentions(e.Right, name)
	case *filter.NotExpression:
		return mentions(e.Expression, name)
	case *filter.ValuePath:
		return strings.EqualFold(e.AttributePath.AttributeName, name)
	case *filter.AttributeExpression:
		return strings.EqualFold(e.AttributePath.AttributeName, name)
	}
	return false
}

// pageOfGroups are the groups of one page: organization by organization, each with
// its roles.
func (s *Server) pageOfGroups(ctx context.Context, tx storage.Tx, by Caller, l listing) ([]group, int64, error) {
	if by.Organization != "" {
		o, err := tx.Organizations().Get(ctx, by.Organization)
		if err != nil || o.State != storage.OrganizationActive {
			return nil, 0, err
		}
		var all []group
		for _, role := range s.roles(by, o) {
			all = append(all, group{o, role})
		}
		from := min(l.start-1, len(all))
		return all[from:min(from+l.count, len(all))], int64(len(all)), nil
	}
	each := len(s.Access.Rules.Roles)
	n, err := tx.Organizations().CountActive(ctx)
	if err != nil || each == 0 || l.count == 0 {
		return nil, n * int64(each), err
	}
	first := (l.start - 1) / each
	some, err := tx.Organizations().Active(ctx, first, l.count/each+2)
	var all []group
	for _, o := range some {
		for _, role := range s.Access.Rules.Roles {
			all = append(all, group{o, role})
		}
	}
	from := min(l.start-1-first*each, len(all))
	return all[from:min(from+l.count, len(all))], n * int64(each), err
}

// groupCandidates are the groups that the indexes find.
func (s *Server) groupCandidates(ctx context.Context, tx storage.Tx, by Caller, all []anchor) ([]group, error) {
	var ids []string
	for _, a := range all {
		switch a.by {
		case "id":
			ids = append(ids, a.value)
		case "displayName":
			i := strings.LastIndex(a.value, ": ")
			if i < 0 {
				continue
			}
			some, err := tx.Organizations().Named(ctx, a.value[:i], maxSame+1)
			if err != nil {
				return nil, err
			}
			if len(some) > maxSame {
				return nil, bad(tooMany, "More organizations than can be looked at have this name.")
			}
			for _, o := range some {
				ids = append(ids, group{o, a.value[i+2:]}.id())
			}
		case "members":
			some, err := tx.Memberships().ByPerson(ctx, a.value, tx.Now())
			if err != nil {
				return nil, err
			}
			for _, m := range some {
				ids = append(ids, m.OrganizationID+"."+m.Role)
			}
		}
	}
	slices.Sort(ids)
	var found []group
	for _, id := range slices.Compact(ids) {
		g, err := s.group(ctx, tx, by, id)
		var gone *Error
		var other *stranger
		switch {
		case errors.As(err, &gone), errors.As(err, &other):
			continue
		case err != nil:
			return nil, err
		}
		found = append(found, g)
	}
	return found, nil
}
