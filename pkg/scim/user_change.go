package scim

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// reason is the code of what a provisioning client decides.
const reason = "provisioning"

func (s *Server) replaceUser(ctx context.Context, c *call) (*answer, error) {
	in, err := decode(c.body)
	if err != nil {
		return nil, err
	}
	m, err := users().resource(in)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, c, func(map[string]any) (map[string]any, error) { return m, nil })
}

func (s *Server) patchUser(ctx context.Context, c *call) (*answer, error) {
	all, err := patches(c.body)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, c, func(resource map[string]any) (map[string]any, error) {
		return resource, users().patch(resource, all)
	})
}

// edit makes of a resource what it is to be.
type edit func(resource map[string]any) (map[string]any, error)

// change changes a user.
func (s *Server) change(ctx context.Context, c *call, to edit) (*answer, error) {
	waiting := false
	err := s.Store.View(ctx, func(tx storage.Tx) error {
		u, err := s.load(ctx, tx, c.by, c.id)
		waiting = err == nil && u.waiting
		return err
	})
	switch {
	case err != nil:
		return nil, s.denied(ctx, c.by, err)
	case waiting:
		err = s.changeWaiting(ctx, c, to)
	default:
		err = s.changeAccount(ctx, c, to)
	}
	if err != nil {
		return nil, s.denied(ctx, c.by, err)
	}
	return s.userNow(ctx, c, http.StatusOK)
}

// changeWaiting changes what the client calls somebody whose application waits.
// What was applied with, somebody else is about to judge: it does not change.
func (s *Server) changeWaiting(ctx context.Context, c *call, to edit) error {
	return s.Store.Tx(ctx, func(tx storage.Tx) error {
		d, err := s.draft(ctx, tx, c, to)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(d.profile, d.user.profile) {
			return &Error{Status: http.StatusConflict, Detail: "The application waits for somebody to decide. What it says cannot be changed."}
		}
		return s.know(ctx, tx, &d.user.row, d.names)
	})
}

// draft is a user, and what is to become of it.
type draft struct {
	user    *user
	profile person.Profile
	names   names
	// off says that the user is not to be active.
	off bool
}

func (s *Server) draft(ctx context.Context, tx storage.Tx, c *call, to edit) (draft, error) {
	u, err := s.load(ctx, tx, c.by, c.id)
	if err != nil {
		return draft{}, err
	}
	if err := unmatched(c.ifMatch, u.etag()); err != nil {
		return draft{}, err
	}
	next, err := to(s.userResource(u))
	if err != nil {
		return draft{}, err
	}
	d := draft{user: u, profile: u.profile, off: !u.active()}
	written(next, &d.profile, &d.names)
	switch {
	case d.names.UserName == "":
		return d, bad(invalidValue, "userName is missing.")
	case d.profile.NPI != "" && d.profile.NPI != u.profile.NPI: // immutable: RFC 7643 section 2.2
		return d, bad(mutability, "The NPI cannot be changed.")
	}
	d.profile.NPI = u.profile.NPI
	if c.by.Organization != "" { // whose staff it is, such a client does not say
		d.profile.Organization = u.profile.Organization
	}
	if active, ok := next["active"].(bool); ok {
		d.off = !active
	}
	switch d.names.UserName {
	case u.names.UserName:
	case u.profile.UserID: // what we call the person
		d.names.UserName = ""
	default:
		return d, s.free(ctx, tx, c.by, d.names.UserName, u.who.ID)
	}
	return d, nil
}

func (s *Server) changeAccount(ctx context.Context, c *call, to edit) error {
	off := false
	_, err := s.Accounts.Change(ctx, c.id, func(ctx context.Context, tx storage.Tx, _ storage.Person, profile *person.Profile) (enroll.Act, string, error) {
		d, err := s.draft(ctx, tx, c, to)
		if err != nil {
			return "", "", err
		}
		u, before := d.user, d.user.row
		off = d.off
		if u.former {
			return "", "", s.changeFormer(ctx, tx, d)
		}
		if err := s.weigh(ctx, tx, c.by, u); err != nil {
			return "", "", err
		}
		if !reflect.DeepEqual(d.profile, u.profile) {
			switch {
			case u.operator:
				return "", "", &refusal{c.id, reasonOperator, "What is known of an operator is not changed here."}
			case !u.whole:
				return "", "", &refusal{c.id, reasonShared, "Others rely on this account too: what is known of the person, an operator changes."}
			}
			*profile = d.profile
		}
		act, err := s.turn(ctx, tx, c.by, u, d.off)
		if err != nil {
			return "", "", err
		}
		if d.names == u.names && u.row.Suspended == before.Suspended && u.row.Inactive == before.Inactive {
			return act, reason, nil
		}
		return act, reason, s.know(ctx, tx, &u.row, d.names)
	}, c.by.Actor)
	if err != nil || !off {
		return err
	}
	return s.Access.SettleOf(context.WithoutCancel(ctx), c.id)
}

// changeFormer changes what the client calls somebody who has left. Whether they come
// back, somebody else decides.
func (s *Server) changeFormer(ctx context.Context, tx storage.Tx, d draft) error {
	u := d.user
	if !d.off || !reflect.DeepEqual(d.profile, u.profile) {
		return &refusal{u.who.ID, reasonLeft, "This person has left the organization. Somebody who administers it has to give them a role again."}
	}
	if d.names == u.names {
		return nil
	}
	return s.know(ctx, tx, &u.row, d.names)
}

// turn turns a user off or on. Off is off at once, also when it was before: what is left
// of an attempt that failed is ended then.
func (s *Server) turn(ctx context.Context, tx storage.Tx, by Caller, u *user, off bool) (enroll.Act, error) {
	switch {
	case off && u.operator && u.active():
		return "", notOperator(u)
	case off && u.operator:
		return "", nil // it is off, and stays as it is
	case off && u.whole:
		u.row.Suspended = u.row.Suspended || u.who.State != storage.PersonSuspended
		return enroll.Suspend, nil
	case off:
		u.row.Inactive = true
		return "", s.release(ctx, tx, by, u)
	case u.active():
		return "", nil
	}
	u.row.Inactive = false
	if u.who.State != storage.PersonSuspended {
		return "", nil
	}
	if !u.row.Suspended || !u.whole {
		return "", &refusal{u.who.ID, reasonSuspended, "Somebody else suspended this account, who has to end that."}
	}
	u.row.Suspended = false
	return enroll.Reinstate, nil
}

// notOperator is that no directory ends the access of an operator.
func notOperator(u *user) error {
	return &refusal{u.who.ID, reasonOperator, "This person is an operator or administers an organization. An operator has to take that away first."}
}

// release ends what a person has in the client's organization. What the client could
// not take as a group, it does not take so either.
func (s *Server) release(ctx context.Context, tx storage.Tx, by Caller, u *user) error {
	if len(u.mine) == 0 {
		return nil
	}
	o, err := tx.Organizations().Hold(ctx, by.Organization)
	if err != nil {
		return err
	}
	for _, m := range u.mine {
		if !slices.Contains(s.roles(by, o), m.Role) {
			return &refusal{u.who.ID, access.ReasonCeiling, "This person has a role here that is for an operator to take."}
		}
		if err := access.End(ctx, tx, m.ID, by.Actor); err != nil {
			return err
		}
	}
	return nil
}
