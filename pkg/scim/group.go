package scim

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// group is one role in one organization.
type group struct {
	organization storage.Organization
	role         string
}

// id is that of the organization and the role.
func (g group) id() string { return g.organization.ID + "." + g.role }

func (g group) display() string { return g.organization.Name + ": " + g.role }

// roles are those that a client gives and takes in an organization: one that is for
// it, those that its own administrators may.
func (s *Server) roles(by Caller, o storage.Organization) []string {
	if by.Organization != "" {
		return o.Ceiling
	}
	return s.Access.Rules.Roles
}

// group finds a group as a client sees it.
func (s *Server) group(ctx context.Context, tx storage.Tx, by Caller, id string) (group, error) {
	organization, role, _ := strings.Cut(id, ".")
	o, err := tx.Organizations().Get(ctx, organization)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return group{}, missing(err)
	case err != nil:
		return group{}, err
	case by.Organization != "" && by.Organization != o.ID:
		return group{}, &stranger{organization: o.ID}
	case o.State != storage.OrganizationActive || !slices.Contains(s.roles(by, o), role):
		return group{}, missing(nil)
	}
	return group{o, role}, nil
}

// resource is the group as clients see it. people are who has the role; nil when
// nobody asks.
func (s *Server) groupResource(g group, people []string) map[string]any {
	location := s.URL + base + "/Groups/" + g.id()
	meta := map[string]any{"resourceType": "Group", "location": location}
	m := map[string]any{"schemas": []any{groupSchema}, "id": g.id(), "displayName": g.display(), "meta": meta}
	if people == nil {
		return m
	}
	meta["version"] = groupTag(people)
	members := []any{}
	for _, id := range people {
		members = append(members, map[string]any{"value": id, "$ref": s.URL + base + "/Users/" + id, "type": "User"})
	}
	m["members"] = members
	return m
}

// groupTag names who is in a group.
func groupTag(people []string) string {
	sum := sha256.Sum256([]byte(strings.Join(people, " ")))
	return `W/"` + hex.EncodeToString(sum[:12]) + `"`
}

// membersOf are those of some staff who have the role, sorted.
func membersOf(staff []storage.Membership, role string) []string {
	people := []string{}
	for _, m := range staff {
		if m.Role == role {
			people = append(people, m.PersonID)
		}
	}
	slices.Sort(people)
	return people
}

func (s *Server) showGroup(ctx context.Context, c *call) (*answer, error) {
	k := groups()
	v, err := viewed(k, c.query)
	if err != nil {
		return nil, err
	}
	var resource map[string]any
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		g, err := s.group(ctx, tx, c.by, c.id)
		if err != nil {
			return err
		}
		var people []string
		if !v.lacks("members") {
			has, err := access.Having(ctx, tx, g.organization.ID, g.role)
			if err != nil {
				return crowd(err)
			}
			people = membersOf(has, g.role)
		}
		resource = s.groupResource(g, people)
		return audit.Record(ctx, tx, rosterRead(c.by, g.organization.ID, len(people)))
	})
	if err != nil {
		return nil, s.denied(ctx, c.by, err)
	}
	return shown(k, http.StatusOK, c, resource, v), nil
}

// crowd is what is told when more people have a role than one answer holds.
func crowd(err error) error {
	return &Error{Status: http.StatusBadRequest, Type: tooMany, Detail: "The group has more members than one answer can hold; leave them out with excludedAttributes=members.", Cause: err}
}

func rosterRead(by Caller, organization string, n int) audit.Event {
	e := audit.Event{Kind: audit.MembershipRead, Outcome: audit.OutcomeAllow, Actor: by.Actor, Detail: map[string]string{"count": strconv.Itoa(n)}}
	if organization != "" {
		e.Detail["organization"] = organization
	}
	return e
}

// createGroup refuses: what roles there are, the installation's configuration says,
// and organizations are an operator's.
func (s *Server) createGroup(context.Context, *call) (*answer, error) {
	return nil, notImplemented("Groups are the roles in organizations. They are not made here; look for one by its displayName.")
}

func (s *Server) deleteGroup(ctx context.Context, c *call) (*answer, error) {
	if err := s.Store.View(ctx, func(tx storage.Tx) error {
		_, err := s.group(ctx, tx, c.by, c.id)
		return err
	}); err != nil {
		return nil, s.denied(ctx, c.by, err)
	}
	return nil, notImplemented("Groups are the roles in organizations. They are not removed here; take their members out.")
}
