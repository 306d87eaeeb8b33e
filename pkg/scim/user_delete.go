package scim

import (
	"context"
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// deleteUser closes an account for good. Of one on which others rely too, it ends
// what the person has in the client's organization. An application is withdrawn.
//
// The client knows the person until all access has ended: who is told that this could
// not be done yet, and asks again, is not told that there is nobody.
func (s *Server) deleteUser(ctx context.Context, c *call) (*answer, error) {
	waiting := false
	err := s.Store.View(ctx, func(tx storage.Tx) error {
		u, err := s.load(ctx, tx, c.by, c.id)
		var gone *Error
		if errors.As(err, &gone) {
			if closed, failed := closedToo(ctx, tx, c); closed || failed != nil {
				return failed
			}
		}
		if err != nil {
			return err
		}
		waiting = u.waiting
		return unmatchedUser(c, u)
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

// closedToo says that the client knows of an account that is closed.
func closedToo(ctx context.Context, tx storage.Tx, c *call) (bool, error) {
	_, err := tx.Provisioning().Get(ctx, c.by.ClientID, c.id)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	who, err := tx.People().Get(ctx, c.id)
	if errors.Is(err, storage.ErrNotFound) { // an application that was decided meanwhile
		return false, nil
	}
	return who.State == storage.PersonClosed, err
}

// unmatchedUser is unmatched, but for somebody whom a request before this one has
// already let go.
func unmatchedUser(c *call, u *user) error {
	if u.former && u.row.NameIndex == nil && u.row.ExternalIndex == nil {
		return nil
	}
	return unmatched(c.ifMatch, u.etag())
}

// closeAccount frees the names at once, and forgets the person when all access has ended,
// unless the client has said something of them since: then it knows them again.
func (s *Server) closeAccount(ctx context.Context, c *call) error {
	var left int64 // the version of what the client knows then
	letGo := func(ctx context.Context, tx storage.Tx, row storage.Provisioned) error {
		row.Owned, row.Inactive, left = false, true, row.Version+1
		return s.know(ctx, tx, &row, names{})
	}
	_, err := s.Accounts.Change(ctx, c.id, func(ctx context.Context, tx storage.Tx, _ storage.Person, _ *person.Profile) (enroll.Act, string, error) {
		switch closed, err := closedToo(ctx, tx, c); {
		case err != nil:
			return "", "", err
		case closed: // once more: what is left ends
			row, err := tx.Provisioning().Get(ctx, c.by.ClientID, c.id)
			if err != nil {
				return "", "", err
			}
			return enroll.Close, reason, letGo(ctx, tx, row)
		}
		u, err := s.load(ctx, tx, c.by, c.id)
		if err != nil {
			return "", "", err
		}
		if err := unmatchedUser(c, u); err != nil {
			return "", "", err
		}
		if u.former {
			return "", "", letGo(ctx, tx, u.row)
		}
		if err := s.weigh(ctx, tx, c.by, u); err != nil {
			return "", "", err
		}
		if u.operator {
			return "", "", notOperator(u)
		}
		act := enroll.Close
		if !u.whole {
			act = ""
			if err := s.release(ctx, tx, c.by, u); err != nil {
				return "", "", err
			}
		}
		return act, reason, letGo(ctx, tx, u.row)
	}, c.by.Actor)
	if err != nil {
		return err
	}
	if err := s.Access.SettleOf(context.WithoutCancel(ctx), c.id); err != nil {
		return err
	}
	return s.Store.Tx(ctx, func(tx storage.Tx) error { return tx.Provisioning().Remove(ctx, c.by.ClientID, c.id, left) })
}
