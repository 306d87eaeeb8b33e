package scim

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// indexedUsers are the attributes by which users are found.
func indexedUsers() []string {
	return []string{"id", "userName", "externalId", "emails", "userId", "npi"}
}

// maxSame is how many people an index may find for one value.
const maxSame = 100

func (s *Server) listUsers(ctx context.Context, c *call) (*answer, error) {
	k := users()
	l, err := listed(k, c.query)
	if err != nil {
		return nil, err
	}
	var by []anchor
	if l.filter != nil {
		if by, err = anchors(k, l.filter, indexedUsers()); err != nil {
			return nil, err
		}
	}
	var p page
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		detail := map[string]string{}
		if p, err = s.findUsers(ctx, tx, c.by, l, by); err != nil {
			return err
		}
		detail["count"] = strconv.Itoa(len(p.resources))
		if names := anchorNames(by); names != "" {
			detail["filter"] = names
		}
		return audit.Record(ctx, tx, audit.Event{Kind: audit.PersonListed, Outcome: audit.OutcomeAllow, Actor: c.by.Actor, Detail: detail})
	})
	if err != nil {
		return nil, err
	}
	for i := range p.resources {
		p.resources[i] = l.view.of(k, p.resources[i])
	}
	return p.answer(l), nil
}

// findUsers finds the users of one page.
func (s *Server) findUsers(ctx context.Context, tx storage.Tx, by Caller, l listing, at []anchor) (p page, err error) {
	var ids []string
	if l.filter == nil {
		ids, p, err = pageOfUsers(ctx, tx, by, l)
	} else {
		ids, err = s.candidates(ctx, tx, by, at)
	}
	if err != nil {
		return page{}, err
	}
	r, err := s.fetch(ctx, tx, by, l.view.wants("groups"), ids...)
	if err != nil {
		return page{}, err
	}
	for _, id := range ids {
		u, err := s.built(by, r, id)
		var gone *Error
		var other *stranger
		if errors.As(err, &other) {
			if err := audit.Record(ctx, tx, deniedEvent(by, access.ReasonStranger, other.person, "")); err != nil {
				return page{}, err
			}
			continue
		}
		if errors.As(err, &gone) {
			continue
		}
		if err != nil {
			return page{}, err
		}
		resource := s.userResource(u)
		if l.view.wants("groups") {
			s.addGroups(by, r, u, resource)
		}
		if l.filter == nil || matches(users(), l.filter, resource) {
			p.resources = append(p.resources, resource)
		}
	}
	if l.filter != nil {
		p = cut(users(), l, p.resources)
	}
	return p, nil
}

// pageOfUsers are the IDs of one page of everybody, and what else the page says.
func pageOfUsers(ctx context.Context, tx storage.Tx, by Caller, l listing) (ids []string, p page, err error) {
	scope := storage.ProvisioningScope{ClientID: by.ClientID, OrganizationID: by.Organization}
	if !l.leafing {
		ids, p.total, err = tx.Provisioning().Page(ctx, scope, tx.Now(), l.start-1, l.count)
		return ids, p, err
	}
	if l.after == "" {
		if _, p.total, err = tx.Provisioning().Page(ctx, scope, tx.Now(), 0, 0); err != nil {
			return nil, p, err
		}
	}
	if ids, err = tx.Provisioning().After(ctx, scope, tx.Now(), l.after, l.count+1); len(ids) > l.count {
		ids = ids[:l.count]
		p.next = users().cursor(ids[l.count-1])
	}
	return ids, p, err
}

// candidates are the users whom the indexes find.
func (s *Server) candidates(ctx context.Context, tx storage.Tx, by Caller, all []anchor) ([]string, error) {
	var ids []string
	for _, a := range all {
		person := func(p storage.Person, err error) error {
			if err == nil {
				ids = append(ids, p.ID)
			}
			return err
		}
		row := func(r storage.Provisioned, err error) error {
			if err == nil {
				ids = append(ids, r.PersonID)
			}
			return err
		}
		var err error
		switch a.by {
		case "id":
			ids = append(ids, a.value)
		case "userName":
			if err = row(tx.Provisioning().ByName(ctx, by.ClientID, s.nameIndex(a.value))); err == nil || errors.Is(err, storage.ErrNotFound) {
				err = person(tx.People().ByUserID(ctx, s.People.UserIDIndex(a.value)))
			}
		case "externalId":
			err = row(tx.Provisioning().ByExternal(ctx, by.ClientID, s.externalIndex(a.value)))
		case "userId":
			err = person(tx.People().ByUserID(ctx, s.People.UserIDIndex(a.value)))
		case "npi":
			err = person(tx.People().ByNPI(ctx, s.People.NPIIndex(a.value)))
		case "emails":
			var some []storage.Person
			some, err = tx.People().ByEmail(ctx, s.People.EmailIndex(a.value), maxSame+1)
			if len(some) > maxSame {
				return nil, bad(tooMany, "More people than can be looked at have this address.")
			}
			for _, p := range some {
				ids = append(ids, p.ID)
			}
		}
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return nil, err
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// anchorNames lists what was looked for by, without the values.
func anchorNames(all []anchor) string {
	names := ""
	for _, a := range all {
		if names != "" {
			names += " "
		}
		names += a.by
	}
	return names
}
