package scim

import (
	"context"
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// createUser hands in an application, which is approved at once unless policy asks
// for a second person: then the user exists, is not active, and becomes so when
// somebody approves.
func (s *Server) createUser(ctx context.Context, c *call) (*answer, error) {
	in, err := decode(c.body)
	if err != nil {
		return nil, err
	}
	m, err := users().resource(in)
	if err != nil {
		return nil, err
	}
	var p person.Profile
	var n names
	written(m, &p, &n)
	if n.UserName == "" {
		return nil, bad(invalidValue, "userName is missing.")
	}
	if c.by.Organization != "" {
		if err := s.Store.View(ctx, func(tx storage.Tx) error {
			o, err := tx.Organizations().Get(ctx, c.by.Organization)
			if err == nil && o.State != storage.OrganizationActive {
				return deniedHere("The organization is closed.")
			}
			p.Organization = o.Name
			return err
		}); err != nil {
			return nil, err
		}
	}
	c.id, err = s.Applications.Provision(ctx, p, c.by.Organization == "", c.by.Actor, func(ctx context.Context, tx storage.Tx, id string, waiting bool) error {
		if err := s.free(ctx, tx, c.by, n.UserName, id); err != nil {
			return err
		}
		row := storage.Provisioned{ClientID: c.by.ClientID, PersonID: id, Owned: true, Waiting: waiting, UpdatedAt: tx.Now()}
		return s.know(ctx, tx, &row, n)
	})
	if err != nil {
		if problem.From(err).Code == problem.Conflict {
			return nil, taken(problem.From(err).Message, err)
		}
		return nil, err
	}
	if active, ok := m["active"].(bool); ok && !active {
		if _, err := s.change(ctx, c, func(resource map[string]any) (map[string]any, error) {
			resource["active"] = false
			return resource, nil
		}); err != nil {
			return nil, err
		}
	}
	return s.userNow(ctx, c, http.StatusCreated)
}

// know writes what a client knows of a person.
func (s *Server) know(ctx context.Context, tx storage.Tx, row *storage.Provisioned, n names) error {
	if err := s.name(row, n); err != nil {
		return err
	}
	row.UpdatedAt = tx.Now()
	err := tx.Provisioning().Put(ctx, *row)
	if errors.Is(err, storage.ErrConflict) {
		return taken("Another user has this userName or externalId.", err)
	}
	return err
}

// free refuses a userName that is the User ID of somebody else whom the client
// sees, and whom it could not tell from this one then.
func (s *Server) free(ctx context.Context, tx storage.Tx, by Caller, userName, id string) error {
	other, err := tx.People().ByUserID(ctx, s.People.UserIDIndex(userName))
	if errors.Is(err, storage.ErrNotFound) || err == nil && other.ID == id {
		return nil
	}
	if err != nil {
		return err
	}
	var gone *Error
	var unknown *stranger
	u, err := s.load(ctx, tx, by, other.ID)
	switch {
	case errors.As(err, &gone), errors.As(err, &unknown), err == nil && u.names.UserName != "":
		return nil
	case err != nil:
		return err
	}
	return taken("Another user has this userName.", nil)
}
