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
	var p page
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		var some []group
		switch {
		case l.filter != nil:
			some, err = s.groupCandidates(ctx, tx, c.by, by)
		case c.by.Organization != "":
			some, p, err = s.groupsOfOne(ctx, tx, c.by, l)
		default:
			some, p, err = s.groupsOfAll(ctx, tx, l)
		}
		if err != nil {
			return err
		}
		var n int
		if p.resources, n, err = s.withMembers(ctx, tx, some, l); err != nil {
			return err
		}
		return audit.Record(ctx, tx, rosterRead(c.by, c.by.Organization, n))
	})
	if err != nil {
		return nil, err
	}
	if l.filter != nil {
		p = cut(k, l, slices.DeleteFunc(p.resources, func(m map[string]any) bool { return !matches(k, l.filter, m) }))
	}
	for i := range p.resources {
		p.resources[i] = l.view.of(k, p.resources[i])
	}
	return p.answer(l), nil
}

// withMembers are groups as clients see them, and how many members they have.
func (s *Server) withMembers(ctx context.Context, tx storage.Tx, some []group, l listing) (found []map[string]any, n int, err error) {
	asked := !l.view.lacks("members") || mentions(l.filter, "members")
	var staff []storage.Membership
	for i, g := range some {
		var people []string
		if asked {
			if i == 0 || g.organization.ID != some[i-1].organization.ID {
				if staff, err = access.Members(ctx, tx, g.organization.ID); err != nil {
					return nil, 0, crowd(err)
				}
			}
			people = membersOf(staff, g.role)
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

// groupsOfOne are the groups of one page of the one organization that a client is for.
func (s *Server) groupsOfOne(ctx context.Context, tx storage.Tx, by Caller, l listing) ([]group, page, error) {
	o, err := tx.Organizations().Get(ctx, by.Organization)
	if err != nil || o.State != storage.OrganizationActive {
		return nil, page{}, err
	}
	all := groupsIn(s.roles(by, o), o)
	from := min(l.start-1, len(all))
	if l.leafing && l.after != "" {
		if from = 1 + slices.IndexFunc(all, func(g group) bool { return g.id() == l.after }); from == 0 {
			return nil, page{}, errCursor
		}
	}
	some, p := cutGroups(l, all[from:])
	p.total = int64(len(all))
	return some, p, nil
}

// groupsOfAll are the groups of one page: organization by organization, each with its
// roles.
func (s *Server) groupsOfAll(ctx context.Context, tx storage.Tx, l listing) ([]group, page, error) {
	roles := s.Access.Rules.Roles
	total := int64(0)
	if !l.leafing || l.after == "" {
		n, err := tx.Organizations().CountActive(ctx)
		if total = n * int64(len(roles)); err != nil {
			return nil, page{}, err
		}
	}
	if len(roles) == 0 || l.count == 0 {
		return nil, page{total: total}, nil
	}
	pass := 0 // of the roles of the organization with which the page begins
	var all []group
	offset := 0
	after, role, _ := strings.Cut(l.after, ".")
	switch {
	case !l.leafing:
		offset, pass = (l.start-1)/len(roles), (l.start-1)%len(roles)
	case after != "":
		i := slices.Index(roles, role)
		if i < 0 {
			return nil, page{}, errCursor
		}
		o, err := tx.Organizations().Get(ctx, after)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return nil, page{}, err
		}
		if err == nil && o.State == storage.OrganizationActive {
			all = groupsIn(roles[i+1:], o)
		}
	}
	some, err := tx.Organizations().Active(ctx, after, offset, l.count/len(roles)+2)
	if err != nil {
		return nil, page{}, err
	}
	all = append(all, groupsIn(roles, some...)...)
	groups, p := cutGroups(l, all[min(pass, len(all)):])
	p.total = total
	return groups, p, nil
}

func groupsIn(roles []string, some ...storage.Organization) (all []group) {
	for _, o := range some {
		for _, role := range roles {
			all = append(all, group{o, role})
		}
	}
	return all
}

// cutGroups is a page of the groups that come next, of which there is at least one more
// than it holds unless it is the last one.
func cutGroups(l listing, all []group) ([]group, page) {
	if len(all) <= l.count {
		return all, page{}
	}
	p := page{}
	if all = all[:l.count]; l.leafing {
		p.next = groups().cursor(all[l.count-1].id())
	}
	return all, p
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
