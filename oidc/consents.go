package oidc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// ErrNothingShared refuses to withdraw what an application does not have.
var ErrNothingShared = problem.New(problem.Conflict, "There is nothing to withdraw: the application may read nothing of this person.")

// Consents is what people agreed to share with applications that are not the
// operator's own. It is safe for concurrent use.
type Consents struct {
	Store storage.Store
	Marks storage.Marks
	// TombstoneFor is how long the end of a grant is remembered.
	TombstoneFor time.Duration
	// Sessions and Logouts are how an application hears that it lost its access; both
	// may be nil where that is not known.
	Sessions *session.Service
	Logouts  *backchannel.Logouts
	Now      func() time.Time
}

// Given returns the scopes that a person agreed to share with a client; none is
// no error.
func (c *Consents) Given(ctx context.Context, personID, clientID string) ([]string, error) {
	var found storage.Consent
	err := c.Store.View(ctx, func(tx storage.Tx) (err error) {
		found, err = tx.Consents().Get(ctx, personID, clientID)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("oidc: consent: %w", err)
	}
	return found.Scopes, nil
}

// Give notes that the person of a session agreed to a request, besides what they
// agreed to before. Of an application of the operator's own nothing is noted.
func (c *Consents) Give(ctx context.Context, r flow.Request, s storage.Session) error {
	if len(r.Consent) == 0 {
		return nil
	}
	return c.Store.Tx(ctx, func(tx storage.Tx) error {
		before, err := tx.Consents().Get(ctx, s.PersonID, r.ClientID)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return fmt.Errorf("oidc: consent: %w", err)
		}
		scopes := slices.Concat(before.Scopes, r.Consent)
		slices.Sort(scopes)
		scopes = slices.Compact(scopes)
		if err := tx.Consents().Put(ctx, storage.Consent{
			PersonID: s.PersonID, ClientID: r.ClientID, Scopes: scopes, GrantedAt: tx.Now(),
		}); err != nil {
			return fmt.Errorf("oidc: consent: %w", err)
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.ConsentGiven, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: s.PersonID},
			Subject: s.PersonID, ClientID: r.ClientID, SessionID: s.ID, Detail: map[string]string{"scope": strings.Join(r.Consent, " ")},
		})
	})
}

// Authorized returns what clients hold of a person: the live grants, and what the
// person agreed to.
func (c *Consents) Authorized(ctx context.Context, personID string) (grants []storage.Grant, consents []storage.Consent, err error) {
	err = c.Store.View(ctx, func(tx storage.Tx) (err error) {
		if grants, err = tx.Grants().ByPerson(ctx, personID, tx.Now()); err != nil {
			return err
		}
		consents, err = tx.Consents().ByPerson(ctx, personID)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("oidc: consent: %w", err)
	}
	return grants, consents, nil
}

// Withdraw forgets what a person agreed to share with a client, ends the grants that
// rest on it, and has the client told that its part in the person's sessions is over;
// the sessions themselves go on. What is not there is no error.
func (c *Consents) Withdraw(ctx context.Context, personID, clientID string, by audit.Actor) error {
	err := c.WithdrawFor(ctx, personID, clientID, "", by)
	if errors.Is(err, ErrNothingShared) || errors.Is(err, ErrNoClient) {
		return nil
	}
	return err
}

// WithdrawFor is Withdraw for a reason, a code of an operator's; what is not there is
// ErrNothingShared or ErrNoClient, and leaves no trace.
func (c *Consents) WithdrawFor(ctx context.Context, personID, clientID, reason string, by audit.Actor) error {
	var sessions []storage.Session
	if c.Sessions != nil {
		var err error
		if sessions, err = c.Sessions.Own(ctx, personID); err != nil {
			return err
		}
	}
	err := c.Store.Tx(ctx, func(tx storage.Tx) error {
		if c.Logouts != nil {
			if err := c.Logouts.EnrollPart(ctx, tx, sessions, clientID, backchannel.ReasonWithdrawn); err != nil {
				return err
			}
		}
		agreed, err := tx.Consents().Remove(ctx, personID, clientID)
		if err != nil {
			return fmt.Errorf("oidc: consent: %w", err)
		}
		grants, err := tx.Grants().EndBetween(ctx, personID, clientID, backchannel.ReasonWithdrawn, tx.Now())
		if err != nil {
			return fmt.Errorf("oidc: consent: %w", err)
		}
		takesPart := slices.ContainsFunc(sessions, func(s storage.Session) bool { return slices.Contains(s.Clients, clientID) })
		if !agreed && len(grants) == 0 && !takesPart {
			return nothingShared(ctx, tx, clientID)
		}
		now := c.Now()
		for _, g := range grants {
			// The mark comes before the commit: a failure after it is tried again.
			if _, err := c.Marks.Set(ctx, GrantMark(g.ID), now, now.Add(c.TombstoneFor)); err != nil {
				return fmt.Errorf("oidc: consent: %w", err)
			}
			if err := audit.Record(ctx, tx, audit.Event{
				Kind: audit.GrantEnded, Outcome: audit.OutcomeAllow, Reason: backchannel.ReasonWithdrawn, Actor: by,
				Subject: personID, ClientID: clientID, SessionID: g.SessionID, GrantID: g.ID, Detail: g.Detail.ActingWords(),
			}); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.ConsentWithdrawn, Outcome: audit.OutcomeAllow, Reason: reason, Actor: by, Subject: personID, ClientID: clientID,
		})
	})
	if err == nil && c.Logouts != nil {
		c.Logouts.Wake()
	}
	return err
}

// nothingShared says why there is nothing to withdraw.
func nothingShared(ctx context.Context, tx storage.Tx, clientID string) error {
	_, err := tx.Clients().Get(ctx, clientID)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return ErrNoClient
	case err != nil:
		return fmt.Errorf("oidc: consent: %w", err)
	}
	return ErrNothingShared
}

// recallConsent brings what the person agreed to before into the state, where
// the application needs it.
func (p *Provider) recallConsent(ctx context.Context, s *flow.State) (err error) {
	if who := s.PersonID(); who != "" && len(s.Request.Consent) > 0 {
		s.Consented, err = p.Consents.Given(ctx, who, s.Request.ClientID)
	}
	return err
}
