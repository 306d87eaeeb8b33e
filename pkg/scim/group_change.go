package scim

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/storage"
)

// need is why somebody has a role that a provisioning client gave.
const need = "As the employer's directory says"

func (s *Server) replaceGroup(ctx context.Context, c *call) (*answer, error) {
	in, err := decode(c.body)
	if err != nil {
		return nil, err
	}
	m, err := groups().resource(in)
	if err != nil {
		return nil, err
	}
	return s.changeGroup(ctx, c, func(map[string]any) (map[string]any, error) { return m, nil })
}

func (s *Server) patchGroup(ctx context.Context, c *call) (*answer, error) {
	all, err := patches(c.body)
	if err != nil {
		return nil, err
	}
	return s.changeGroup(ctx, c, func(resource map[string]any) (map[string]any, error) {
		return resource, groups().patch(resource, all)
	})
}

// changeGroup gives and takes the role of a group.
func (s *Server) changeGroup(ctx context.Context, c *call, to edit) (*answer, error) {
	var g group
	if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		g, err = s.group(ctx, tx, c.by, c.id)
		return err
	}); err != nil {
		return nil, s.denied(ctx, c.by, err)
	}
	v, err := viewed(groups(), c.query)
	if err != nil {
		return nil, err
	}
	var people []string
	err = s.Access.Staff(ctx, access.Staffing{
		OrganizationID: g.organization.ID, Role: g.role, Need: need,
		Decide: func(ctx context.Context, tx storage.Tx, has []storage.Membership) ([]string, error) {
			now := membersOf(has, g.role)
			if err := unmatched(c.ifMatch, groupTag(now)); err != nil {
				return nil, err
			}
			// A ceiling that was lowered meanwhile counts.
			if _, err := s.group(ctx, tx, c.by, c.id); err != nil {
				return nil, err
			}
			next, err := to(s.groupResource(g, now))
			if err != nil {
				return nil, err
			}
			if people, err = s.wanted(ctx, tx, c.by, next, now); err != nil {
				return nil, err
			}
			return people, nil
		},
	}, c.by.Actor)
	if err != nil {
		return nil, s.denied(ctx, c.by, err)
	}
	c.ifNoneMatch = ""
	return shown(groups(), http.StatusOK, c, s.groupResource(g, people), v), nil
}

// wanted are the accounts that a group is to have. Whoever comes in must exist to
// the client.
func (s *Server) wanted(ctx context.Context, tx storage.Tx, by Caller, m map[string]any, now []string) ([]string, error) {
	people, has := []string{}, map[string]bool{}
	for _, id := range now {
		has[id] = true
	}
	members, _ := m["members"].([]any)
	for _, one := range members {
		value, _ := one.(map[string]any)
		id := word(value, "value")
		if !has[id] {
			u, err := s.load(ctx, tx, by, id)
			var gone *Error
			var other *stranger
			switch {
			case errors.As(err, &other):
				other.told = bad(invalidValue, "A member is no user, or its application waits.")
				return nil, other
			case errors.As(err, &gone), err == nil && (u.waiting || u.former):
				return nil, bad(invalidValue, "A member is no user, or its application waits.")
			case err != nil:
				return nil, err
			}
		}
		has[id] = true
		people = append(people, id)
	}
	slices.Sort(people)
	return slices.Compact(people), nil
}
