package scim

import (
	"context"
	"net/http"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// deleteUser closes an account for good. Of one on which others rely too, it ends
// what the person has in the client's organization. An application is withdrawn.
func (s *Server) deleteUser(ctx context.Context, c *call) (*answer, error) {
	waiting := false
	err := s.Store.View(ctx, func(tx storage.Tx) error {
		u, err := s.load(ctx, tx, c.by, c.id)
		if err != nil {
			return err
		}
		waiting = u.waiting
		return unmatched(c.ifMatch, u.etag())
	})
	switch {
	case err != nil:
	case waiting:
		err = s.Applications.Reject(ctx, c.id, "withdrawn", c.by.Actor)
	default:
		err = s.closeAccount(ctx, c)
	}
	if err != nil {
		return nil, s.denied(ctx, c.by, err)
	}
	return &answer{status: http.StatusNoContent}, nil
}

func (s *Server) closeAccount(ctx context.Context, c *call) error {
	var ended []string
	_, err := s.Accounts.Change(ctx, c.id, func(ctx context.Context, tx storage.Tx, _ storage.Person, _ *person.Profile) (enroll.Act, string, error) {
		u, err := s.load(ctx, tx, c.by, c.id)
		if err != nil {
			return "", "", err
		}
		if err := unmatched(c.ifMatch, u.etag()); err != nil {
			return "", "", err
		}
		if u.former {
			return "", "", tx.Provisioning().Remove(ctx, c.by.ClientID, c.id)
		}
		if err := s.weigh(ctx, tx, c.by, u); err != nil {
			return "", "", err
		}
		if u.operator {
			return "", "", notOperator(u)
		}
		if err := tx.Provisioning().Remove(ctx, c.by.ClientID, c.id); err != nil {
			return "", "", err
		}
		if u.whole {
			return enroll.Close, reason, nil
		}
		ended, err = s.release(ctx, tx, c.by, u)
		return "", "", err
	}, c.by.Actor)
	if err != nil {
		return err
	}
	return s.Access.Settle(ctx, ended...)
}
