package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Why a delegation ended, besides EndedRemoved and EndedExpired.
const (
	// EndedWithdrawn: the principal ended it. EndedGivenUp: the delegate did.
	EndedWithdrawn = "withdrawn"
	EndedGivenUp   = "given_up"
	// EndedAccount: one of the two accounts was suspended or closed.
	EndedAccount = "account"
)

const (
	// maxDelegations is how many people may act for one, and for how many one may act.
	maxDelegations = 50
	// maxClients is how many applications one delegation names.
	maxClients = 20
)

// Delegation is a delegation with the names of both.
type Delegation struct {
	storage.Delegation
	Principal, Delegate Party
}

// Party is one of the two people of a delegation.
type Party struct{ PersonID, UserID, Name string }

// NewDelegation is a delegation to be granted.
type NewDelegation struct {
	PrincipalID string
	// DelegateID is who is to act; or UserID with FamilyName, which have to agree, so
	// that nobody finds out whose a User ID is.
	DelegateID         string
	UserID, FamilyName string
	Clients            []string
	Purpose            string
	EndsAt             time.Time
	// Except is a person who does not get it: who grants it as an operator, or empty.
	Except string
	// Reason is a code of an operator for the audit log, or empty.
	Reason string
}

// GrantDelegation lets somebody act for a person. Problems: Invalid, Denied,
// NotFound; Conflict when there is one for that purpose already, or too many.
func (s *Service) GrantDelegation(ctx context.Context, n NewDelegation, by audit.Actor) (d storage.Delegation, err error) {
	guess, err := s.guess(ctx, by)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, guess.over(ctx, err)) }()
	err = s.do(ctx, by, func(tx storage.Tx) (err error) {
		d, err = s.delegateIn(ctx, tx, n, by)
		return err
	})
	return d, err
}

func (s *Service) delegateIn(ctx context.Context, tx storage.Tx, n NewDelegation, by audit.Actor) (storage.Delegation, error) {
	d := storage.Delegation{
		ID: secret.NewID(), PrincipalID: n.PrincipalID, Clients: slices.Clone(n.Clients), Purpose: n.Purpose, GrantedBy: actorName(by),
		Since: tx.Now(), EndsAt: n.EndsAt.UTC().Truncate(time.Microsecond),
	}
	slices.Sort(d.Clients)
	d.Clients = slices.Compact(d.Clients)
	c := DelegationCase{Act: Delegate, Purpose: n.Purpose, EndsAt: d.EndsAt, Now: tx.Now()}
	var err error
	refuse := func(v Verdict) error {
		return &denial{verdict: v, act: Delegate, person: c.Principal.ID, delegate: c.Delegate.ID, delegation: true}
	}
	if c.Caller, err = caller(ctx, tx, by); err != nil {
		return d, err
	}
	if c.Principal, err = somebody(ctx, tx, n.PrincipalID); err != nil {
		return d, err
	}
	if c.Principal.ID == "" || !concernsCaller(c) {
		return d, refuse(stranger)
	}
	if len(d.Clients) > maxClients {
		return d, problem.New(problem.Invalid, "A delegation is for "+strconv.Itoa(maxClients)+" applications at most.")
	}
	if c.Clients, err = clientsOf(ctx, tx, d.Clients); err != nil {
		return d, err
	}
	if v := s.Rules.decideTerms(c); !v.Allowed {
		return d, refuse(v)
	}
	if n.UserID != "" {
		c.Delegate, err = s.named(ctx, tx, n.UserID, n.FamilyName)
	} else {
		c.Delegate, err = somebody(ctx, tx, n.DelegateID)
	}
	if err != nil {
		return d, err
	}
	d.DelegateID = c.Delegate.ID
	switch {
	case c.Delegate.ID == "":
		return d, refuse(no(ReasonPerson))
	case n.Except != "" && c.Delegate.ID == n.Except:
		return d, refuse(no(ReasonOneself))
	}
	if v := s.Rules.DecideDelegation(c); !v.Allowed {
		return d, refuse(v)
	}
	if !c.Caller.Operator {
		switch gone, err := s.gaveUp(ctx, tx, d); {
		case err != nil:
			return d, err
		case gone:
			return d, refuse(no(ReasonGivenUp))
		}
	}
	own, err := tx.Delegations().ByPrincipal(ctx, d.PrincipalID, tx.Now(), maxDelegations)
	if err != nil {
		return d, err
	}
	others, err := tx.Delegations().ByDelegate(ctx, d.DelegateID, tx.Now(), maxDelegations)
	if err != nil {
		return d, err
	}
	if len(own) >= maxDelegations || len(others) >= maxDelegations {
		return d, problem.New(problem.Conflict, "One of the two has as many delegations as one can have.")
	}
	if err := tx.Delegations().Insert(ctx, d); errors.Is(err, storage.ErrConflict) {
		return d, problem.Wrap(problem.Conflict, "This person acts for the other one for this purpose already. End that first.", err)
	} else if err != nil {
		return d, err
	}
	if err := s.tell(ctx, tx, d, true); err != nil {
		return d, err
	}
	return d, audit.Record(ctx, tx, delegationEvent(audit.DelegationGranted, d, n.Reason, by))
}

// somebody is a person, zero when there is none.
func somebody(ctx context.Context, tx storage.Tx, id string) (storage.Person, error) {
	who, err := tx.People().Get(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return storage.Person{}, nil
	}
	return who, err
}

// named is the person of a User ID and a family name, zero when there is none.
func (s *Service) named(ctx context.Context, tx storage.Tx, userID, familyName string) (storage.Person, error) {
	who, err := tx.People().ByUserID(ctx, s.People.UserIDIndex(strings.TrimSpace(userID)))
	if errors.Is(err, storage.ErrNotFound) {
		return storage.Person{}, nil
	}
	if err != nil {
		return storage.Person{}, err
	}
	profile, err := s.People.Open(who)
	if err != nil || who.State == storage.PersonClosed || !strings.EqualFold(profile.FamilyName, strings.TrimSpace(familyName)) {
		return storage.Person{}, err
	}
	return who, nil
}

// clientsOf are the applications of these ids; one that is not there is zero.
func clientsOf(ctx context.Context, tx storage.Tx, ids []string) ([]storage.Client, error) {
	var all []storage.Client
	for _, id := range ids {
		c, err := tx.Clients().Get(ctx, id)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// belongings fills in where the two belong, where it matters.
func belongings(ctx context.Context, tx storage.Tx, c *DelegationCase) (err error) {
	if len(c.Caller.Administers) == 0 {
		return nil
	}
	if c.PrincipalIn, err = organizationsOf(ctx, tx, c.Principal.ID); err != nil || c.Delegate.ID == "" {
		return err
	}
	c.DelegateIn, err = organizationsOf(ctx, tx, c.Delegate.ID)
	return err
}

// organizationsOf are those to which a person belongs.
func organizationsOf(ctx context.Context, tx storage.Tx, personID string) ([]string, error) {
	all, err := tx.Memberships().ByPerson(ctx, personID, tx.Now())
	var ids []string
	for _, m := range all {
		ids = append(ids, m.OrganizationID)
	}
	return slices.Compact(ids), err
}

func delegationEvent(kind audit.Kind, d storage.Delegation, reason string, by audit.Actor) audit.Event {
	return audit.Event{
		Kind: kind, Outcome: audit.OutcomeAllow, Reason: reason, Actor: by, Subject: d.PrincipalID,
		Detail: map[string]string{
			"delegation": d.ID, "delegate": d.DelegateID, "purpose": d.Purpose, "clients": strings.Join(d.Clients, " "),
			"ends_at": d.EndsAt.UTC().Format(time.RFC3339),
		},
	}
}

// tell tells both people of a delegation that was granted, or is over.
func (s *Service) tell(ctx context.Context, tx storage.Tx, d storage.Delegation, granted bool) error {
	if s.Tell == nil {
		return nil
	}
	return s.Tell(ctx, tx, d, granted)
}

// EndDelegation ends a delegation and what rests on it. One that is over already is
// settled again, which is no error. Problems: NotFound.
func (s *Service) EndDelegation(ctx context.Context, id string, by audit.Actor) error {
	err := s.do(ctx, by, func(tx storage.Tx) error {
		d, err := tx.Delegations().Get(ctx, id)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		c := DelegationCase{Act: EndDelegation, Principal: storage.Person{ID: d.PrincipalID}, Delegate: storage.Person{ID: d.DelegateID}, Now: tx.Now()}
		if c.Caller, err = caller(ctx, tx, by); err != nil {
			return err
		}
		if d.ID == "" {
			c.Principal.ID, c.Delegate.ID = "-", "-" // nobody's
		} else if err := belongings(ctx, tx, &c); err != nil {
			return err
		}
		if v := s.Rules.DecideDelegation(c); !v.Allowed {
			return &denial{verdict: v, act: EndDelegation, person: d.PrincipalID, delegate: d.DelegateID, delegation: true}
		}
		if d.ID == "" {
			return problem.New(problem.NotFound, "There is no such delegation.")
		}
		reason := EndedRemoved
		switch c.Caller.PersonID {
		case d.PrincipalID:
			reason = EndedWithdrawn
		case d.DelegateID:
			reason = EndedGivenUp
			// Before it is over: a failure after it is tried again.
			if err := s.refuseFor(ctx, tx, d); err != nil {
				return err
			}
		}
		return s.endDelegation(ctx, tx, id, reason, by)
	})
	if err != nil {
		return err
	}
	var d storage.Delegation
	if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		d, err = tx.Delegations().Get(ctx, id)
		return err
	}); err != nil {
		return fmt.Errorf("access: %w", err)
	}
	return s.settleDelegation(ctx, d)
}

// endDelegation ends a delegation with its event; one that has ended is left as it is.
func (s *Service) endDelegation(ctx context.Context, tx storage.Tx, id, reason string, by audit.Actor) error {
	d, err := tx.Delegations().End(ctx, id, reason, actorName(by), tx.Now())
	if errors.Is(err, storage.ErrEnded) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.tell(ctx, tx, d, false); err != nil {
		return err
	}
	return audit.Record(ctx, tx, delegationEvent(audit.DelegationEnded, d, reason, by))
}

// LeaveDelegations ends every delegation of a person whose account is suspended or
// closed, in the caller's transaction. What rested on them is ended by
// SettleDelegations, which comes after it, or by Run.
func (s *Service) LeaveDelegations(ctx context.Context, tx storage.Tx, personID string, by audit.Actor) error {
	for {
		own, err := tx.Delegations().ByPrincipal(ctx, personID, tx.Now(), page)
		if err != nil {
			return err
		}
		others, err := tx.Delegations().ByDelegate(ctx, personID, tx.Now(), page)
		if err != nil {
			return err
		}
		for _, d := range slices.Concat(own, others) {
			if err := s.endDelegation(ctx, tx, d.ID, EndedAccount, by); err != nil {
				return err
			}
		}
		if len(own) < page && len(others) < page {
			return nil
		}
	}
}

// sweepDelegations ends those whose end date has come, and what rests on those that
// ended.
func (s *Service) sweepDelegations(ctx context.Context) error {
	for n := page; n == page; {
		if err := s.Store.Tx(ctx, func(tx storage.Tx) error {
			due, err := tx.Delegations().Due(ctx, tx.Now(), page)
			if err != nil {
				return err
			}
			n = len(due)
			for _, d := range due {
				if err := s.endDelegation(ctx, tx, d.ID, EndedExpired, audit.Actor{Type: "system"}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return fmt.Errorf("access: %w", err)
		}
	}
	return s.SettleDelegations(ctx)
}

// SettleDelegations ends what rests on delegations that have ended. One that cannot
// be settled does not keep the others.
func (s *Service) SettleDelegations(ctx context.Context) error {
	for {
		var open []storage.Delegation
		if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
			open, err = tx.Delegations().Unsettled(ctx, page)
			return err
		}); err != nil {
			return fmt.Errorf("access: %w", err)
		}
		var errs []error
		for _, d := range open {
			errs = append(errs, s.settleDelegation(ctx, d))
		}
		if err := errors.Join(errs...); err != nil || len(open) < page {
			return err
		}
	}
}

func (s *Service) settleDelegation(ctx context.Context, d storage.Delegation) error {
	if s.EndActing == nil {
		return nil // a running server does it
	}
	if err := s.EndActing(ctx, d); err != nil {
		return fmt.Errorf("access: what rested on delegation %s could not be ended: %w", d.ID, err)
	}
	if err := s.Store.Tx(ctx, func(tx storage.Tx) error { return tx.Delegations().Settle(ctx, d.ID, tx.Now()) }); err != nil {
		return fmt.Errorf("access: %w", err)
	}
	return nil
}

// DelegationsOf returns who may act for a person, and for whom the person may act,
// and records that it was read. Problems: NotFound.
func (s *Service) DelegationsOf(ctx context.Context, personID string, by audit.Actor) (acting, acted []Delegation, err error) {
	err = s.do(ctx, by, func(tx storage.Tx) error {
		c := DelegationCase{Act: ReadDelegations, Now: tx.Now()}
		if c.Caller, err = caller(ctx, tx, by); err != nil {
			return err
		}
		if c.Principal, err = somebody(ctx, tx, personID); err != nil {
			return err
		}
		if c.Principal.ID == "" {
			if c.Caller.Operator {
				return problem.New(problem.NotFound, "There is no such account.")
			}
			return &denial{verdict: stranger, act: ReadDelegations, delegation: true}
		}
		if err := belongings(ctx, tx, &c); err != nil {
			return err
		}
		if v := s.Rules.DecideDelegation(c); !v.Allowed {
			return &denial{verdict: v, act: ReadDelegations, person: personID, delegation: true}
		}
		own, err := tx.Delegations().ByPrincipal(ctx, personID, tx.Now(), maxDelegations)
		if err != nil {
			return err
		}
		if own, err = theirsToSee(ctx, tx, c, own); err != nil {
			return err
		}
		if acting, err = s.openedDelegations(ctx, tx, own); err != nil {
			return err
		}
		others, err := tx.Delegations().ByDelegate(ctx, personID, tx.Now(), maxDelegations)
		if err != nil {
			return err
		}
		if others, err = theirsToSee(ctx, tx, c, others); err != nil {
			return err
		}
		if acted, err = s.openedDelegations(ctx, tx, others); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.DelegationRead, Outcome: audit.OutcomeAllow, Actor: by, Subject: personID,
			Detail: map[string]string{"count": strconv.Itoa(len(acting) + len(acted))},
		})
	})
	return acting, acted, err
}

// theirsToSee leaves out, for the administrator of an organization, the delegations of
// which one of the two does not belong to it.
func theirsToSee(ctx context.Context, tx storage.Tx, c DelegationCase, all []storage.Delegation) ([]storage.Delegation, error) {
	if c.Caller.Operator || c.Caller.PersonID == c.Principal.ID {
		return all, nil
	}
	var seen []storage.Delegation
	for _, d := range all {
		one := DelegationCase{Caller: c.Caller, Principal: storage.Person{ID: d.PrincipalID}, Delegate: storage.Person{ID: d.DelegateID}}
		if err := belongings(ctx, tx, &one); err != nil {
			return nil, err
		}
		if administersBoth(one) {
			seen = append(seen, d)
		}
	}
	return seen, nil
}

func (s *Service) openedDelegations(ctx context.Context, tx storage.Tx, all []storage.Delegation) ([]Delegation, error) {
	var opened []Delegation
	for _, d := range all {
		one := Delegation{Delegation: d}
		var err error
		if one.Principal, err = s.party(ctx, tx, d.PrincipalID); err != nil {
			return nil, err
		}
		if one.Delegate, err = s.party(ctx, tx, d.DelegateID); err != nil {
			return nil, err
		}
		opened = append(opened, one)
	}
	return opened, nil
}

func (s *Service) party(ctx context.Context, tx storage.Tx, personID string) (Party, error) {
	who, err := tx.People().Get(ctx, personID)
	if err != nil {
		return Party{}, err
	}
	var profile person.Profile
	if profile, err = s.People.Open(who); err != nil {
		return Party{}, err
	}
	return Party{PersonID: personID, UserID: profile.UserID, Name: profile.Name()}, nil
}
