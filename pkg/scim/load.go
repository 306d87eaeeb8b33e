package scim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// stranger says that somebody exists whom the client is not to know of.
type stranger struct {
	person, organization string
	// told is what the client is told, where it is not that there is nothing.
	told error
}

func (e *stranger) Error() string { return "scim: not of the client's organization" }

// refusal says that a client may not do something to somebody whom it sees.
type refusal struct{ person, reason, detail string }

func (e *refusal) Error() string { return "scim: refused: " + e.reason }

// Why a client may not do something to somebody whom it sees.
const (
	// reasonOperator: the person is an operator, or administers an organization.
	reasonOperator = "operator"
	// reasonShared: others rely on the account too.
	reasonShared = "shared"
	// reasonSuspended: somebody else suspended the account.
	reasonSuspended = "suspended"
	// reasonLeft: the person has left the client's organization.
	reasonLeft = "left"
)

// denied records that a client wanted what it may not, or what does not exist to it,
// and returns what it is told. Other errors it returns as they are.
func (s *Server) denied(ctx context.Context, by Caller, err error) error {
	var (
		other *stranger
		no    *refusal
		told  error
	)
	var e audit.Event
	switch {
	case errors.As(err, &other):
		e, told = deniedEvent(by, access.ReasonStranger, other.person, other.organization), missing(other)
		if other.told != nil {
			told = other.told
		}
	case errors.As(err, &no):
		e, told = deniedEvent(by, no.reason, no.person, ""), &Error{Status: http.StatusForbidden, Detail: no.detail, Cause: no}
	default:
		return err
	}
	if err := s.Store.Tx(ctx, func(tx storage.Tx) error { return audit.Record(ctx, tx, e) }); err != nil {
		return err
	}
	return told
}

func deniedEvent(by Caller, reason, person, organization string) audit.Event {
	e := audit.Event{
		Kind: audit.AccessDenied, Outcome: audit.OutcomeDeny, Reason: reason, Actor: by.Actor, Subject: person, ClientID: by.ClientID,
		Detail: map[string]string{"act": "provision"},
	}
	if organization = orElse(organization, by.Organization); organization != "" {
		e.Detail["organization"] = organization
	}
	return e
}

// weigh finds out what else a person is, which says what the client decides over: the
// account itself, when it is for everybody, or had the account made and nobody else
// relies on that; never over that of an operator.
func (s *Server) weigh(ctx context.Context, tx storage.Tx, by Caller, u *user) error {
	id := u.who.ID
	roles, err := tx.Operators().Roles(ctx, storage.OperatorPerson, id)
	if err != nil {
		return err
	}
	all, err := tx.Memberships().ByPerson(ctx, id, tx.Now())
	if err != nil {
		return err
	}
	shared := false
	u.operator = len(roles) > 0
	for _, m := range all {
		u.operator = u.operator || m.Role == access.Administrator
		shared = shared || m.OrganizationID != by.Organization
	}
	for _, find := range []func(context.Context, string, time.Time, int) ([]storage.Delegation, error){tx.Delegations().ByPrincipal, tx.Delegations().ByDelegate} {
		some, err := find(ctx, id, tx.Now(), 1)
		if err != nil {
			return err
		}
		shared = shared || len(some) > 0
	}
	u.whole = !u.operator && (by.Organization == "" || u.row.Owned && !shared)
	return nil
}

func namesPlace(clientID, personID string) secret.Place {
	return secret.Place{Table: "provisioned", Column: "names", Row: clientID + " " + personID}
}

// name puts the names of a client into what it knows of a person.
func (s *Server) name(row *storage.Provisioned, n names) error {
	for _, one := range []struct{ attr, value string }{{"userName", n.UserName}, {"externalId", n.ExternalID}, {"displayName", n.DisplayName}} {
		if utf8.RuneCountInString(one.value) > 254 || strings.ContainsFunc(one.value, unicode.IsControl) {
			return bad(invalidValue, one.attr+" is too long, or holds a control character.")
		}
	}
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	if row.Names, err = s.Keys.Seal(namesPlace(row.ClientID, row.PersonID), text); err != nil {
		return err
	}
	row.NameIndex, row.ExternalIndex = nil, nil
	if n.UserName != "" {
		row.NameIndex = s.nameIndex(n.UserName)
	}
	if n.ExternalID != "" {
		row.ExternalIndex = s.externalIndex(n.ExternalID)
	}
	return nil
}

// nameIndex is that of a userName, whatever its case (RFC 7643 section 4.1.1).
func (s *Server) nameIndex(userName string) []byte {
	return s.Keys.Index("provisioned.name", strings.ToLower(userName))
}

func (s *Server) externalIndex(id string) []byte { return s.Keys.Index("provisioned.external", id) }

// records are what some users are made of.
type records struct {
	rows          map[string]storage.Provisioned
	people        map[string]storage.Person
	applications  map[string]storage.Application
	memberships   map[string][]storage.Membership
	organizations map[string]storage.Organization
}

// fetch reads what some users are made of, and what their groups are when these are asked
// for: each kind of record at once.
func (s *Server) fetch(ctx context.Context, tx storage.Tx, by Caller, groups bool, ids ...string) (r records, err error) {
	if r.rows, err = tx.Lookups().Provisioned(ctx, by.ClientID, ids...); err != nil {
		return r, err
	}
	var accounts, waiting []string
	for _, id := range ids {
		if r.rows[id].Waiting {
			waiting = append(waiting, id)
		} else {
			accounts = append(accounts, id)
		}
	}
	if r.people, err = tx.Lookups().People(ctx, accounts...); err != nil {
		return r, err
	}
	if r.applications, err = tx.Lookups().Applications(ctx, waiting...); err != nil || by.Organization == "" && !groups {
		return r, err
	}
	if r.memberships, err = tx.Lookups().Memberships(ctx, tx.Now(), accounts...); err != nil || !groups {
		return r, err
	}
	var organizations []string
	for _, all := range r.memberships {
		for _, m := range all {
			organizations = append(organizations, m.OrganizationID)
		}
	}
	slices.Sort(organizations)
	r.organizations, err = tx.Lookups().Organizations(ctx, slices.Compact(organizations)...)
	return r, err
}

// load finds a user as a client sees it. Who does not exist to the client is a
// stranger.
func (s *Server) load(ctx context.Context, tx storage.Tx, by Caller, id string) (*user, error) {
	r, err := s.fetch(ctx, tx, by, false, id)
	if err != nil {
		return nil, err
	}
	return s.built(by, r, id)
}

// built is a user of what was fetched.
func (s *Server) built(by Caller, r records, id string) (*user, error) {
	u := &user{row: r.rows[id]}
	u.row.ClientID, u.row.PersonID = by.ClientID, id
	if u.row.Version > 0 {
		text, err := s.Keys.Open(namesPlace(by.ClientID, id), u.row.Names)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &u.names); err != nil {
			return nil, fmt.Errorf("scim: the names of %s: %w", id, err)
		}
	}
	if u.row.Waiting {
		return u, s.loadWaiting(r, u)
	}
	var ok bool
	if u.who, ok = r.people[id]; !ok {
		return nil, missing(storage.ErrNotFound)
	}
	if u.who.State == storage.PersonClosed {
		return nil, missing(nil)
	}
	if by.Organization != "" {
		for _, m := range r.memberships[id] {
			if m.OrganizationID == by.Organization {
				u.mine = append(u.mine, m)
			}
		}
		switch {
		case len(u.mine) > 0 || u.row.Owned:
		case u.row.Version == 0:
			return nil, &stranger{person: id}
		default:
			return u, s.loadFormer(u)
		}
	}
	u.created, u.updated = u.who.CreatedAt, u.who.UpdatedAt
	if u.row.UpdatedAt.After(u.updated) {
		u.updated = u.row.UpdatedAt
	}
	var err error
	u.profile, err = s.People.Open(u.who)
	return u, err
}

// loadFormer leaves of somebody who has left the client's organization what the client
// itself has said of them. The User ID it had read where it did not say a userName.
func (s *Server) loadFormer(u *user) error {
	known, err := s.People.Open(u.who)
	if err != nil {
		return err
	}
	u.former, u.who = true, storage.Person{ID: u.who.ID}
	u.created, u.updated = u.row.UpdatedAt, u.row.UpdatedAt
	if u.names.UserName == "" {
		u.names.UserName = known.UserID
	}
	return nil
}

// loadWaiting finds what somebody applied with.
func (s *Server) loadWaiting(r records, u *user) (err error) {
	a, ok := r.applications[u.row.PersonID]
	if !ok || a.State != storage.ApplicationSubmitted {
		return missing(nil)
	}
	u.waiting, u.who.ID, u.created, u.updated = true, a.ID, a.SubmittedAt, u.row.UpdatedAt
	u.profile, err = s.People.OpenApplication(a)
	return err
}

// unmatched says that a request is for another version than there is (RFC 7644
// section 3.14).
func unmatched(ifMatch, etag string) error {
	if ifMatch == "" || ifMatch == "*" {
		return nil
	}
	for one := range strings.SplitSeq(ifMatch, ",") {
		if strings.TrimPrefix(strings.TrimSpace(one), "W/") == strings.TrimPrefix(etag, "W/") {
			return nil
		}
	}
	return &Error{Status: http.StatusPreconditionFailed, Detail: "It was changed since. Read it again."}
}

// shown is the answer that shows a resource.
func shown(k *kind, status int, c *call, resource map[string]any, v view) *answer {
	meta, _ := resource["meta"].(map[string]any)
	a := &answer{status: status, etag: word(meta, "version"), location: word(meta, "location")}
	if status == http.StatusOK && c.ifNoneMatch != "" && a.etag != "" && unmatched(c.ifNoneMatch, a.etag) == nil {
		a.status = http.StatusNotModified
		return a
	}
	a.body = v.of(k, resource)
	return a
}

func deniedHere(detail string) error { return &Error{Status: http.StatusForbidden, Detail: detail} }
