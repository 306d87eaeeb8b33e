package scim

import (
	"context"
	"net/http"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

func (s *Server) showUser(ctx context.Context, c *call) (*answer, error) {
	k := users()
	v, err := viewed(k, c.query)
	if err != nil {
		return nil, err
	}
	resource, err := s.readUser(ctx, c, v)
	if err != nil {
		return nil, s.denied(ctx, c.by, err)
	}
	return shown(k, http.StatusOK, c, resource, v), nil
}

// readUser is the user that a call is about; that they were read is recorded.
func (s *Server) readUser(ctx context.Context, c *call, v view) (resource map[string]any, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		r, err := s.fetch(ctx, tx, c.by, v.wants("groups"), c.id)
		if err != nil {
			return err
		}
		u, err := s.built(c.by, r, c.id)
		if err != nil {
			return err
		}
		resource = s.userResource(u)
		if v.wants("groups") {
			s.addGroups(c.by, r, u, resource)
		}
		return audit.Record(ctx, tx, audit.Event{Kind: audit.PersonRead, Outcome: audit.OutcomeAllow, Actor: c.by.Actor, Subject: c.id})
	})
	return resource, err
}

// userNow is the answer to a change: the user as it is then.
func (s *Server) userNow(ctx context.Context, c *call, status int) (*answer, error) {
	v, err := viewed(users(), c.query)
	if err != nil {
		return nil, err
	}
	resource, err := s.readUser(ctx, c, v)
	if err != nil {
		return nil, err
	}
	c.ifNoneMatch = ""
	return shown(users(), status, c, resource, v), nil
}

// addGroups adds what the person has in the organizations that the client sees.
func (s *Server) addGroups(by Caller, r records, u *user, resource map[string]any) {
	all := u.mine
	if by.Organization == "" {
		all = r.memberships[u.who.ID]
	}
	var list []any
	for _, m := range all {
		o, ok := r.organizations[m.OrganizationID]
		if m.Role == access.Administrator || !ok {
			continue
		}
		g := group{o, m.Role}
		list = append(list, map[string]any{"value": g.id(), "$ref": s.URL + base + "/Groups/" + g.id(), "display": g.display()})
	}
	if list != nil {
		resource["groups"] = list
	}
}
