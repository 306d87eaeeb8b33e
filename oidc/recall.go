package oidc

import (
	"context"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

// Recall brings into a state what is looked up each time; current is the live session of
// the browser, nil where there is none. The dispatcher and the pages both ask here: if one
// of them knew less, it would see another step than the other, and the browser would go
// back and forth between them for ever.
func (p *Provider) Recall(ctx context.Context, s *flow.State, current *storage.Session) (err error) {
	c, ok := p.Clients.Get(s.Request.ClientID)
	s.Session, s.Pseudonym, s.Strictest = facts(p.suiting(c, current)), p.pseudonym(c), p.Strictest
	// An application that is not registered any more is for nobody; a page of ours is none.
	s.Barred = !ok && s.Request.Own == ""
	if p.Bound != nil && s.AsksBound() {
		if s.Bound, err = p.Bound(ctx, s.PersonID()); err != nil {
			return err
		}
	}
	if who := s.PersonID(); p.Agreement != nil && who != "" {
		if s.Agreement, err = p.Agreement(ctx, who); err != nil {
			return err
		}
	}
	if p.Delegations != nil {
		if err := p.Delegations.Recall(ctx, s); err != nil {
			return err
		}
	}
	if err := p.recallConsent(ctx, s); err != nil {
		return err
	}
	if err := p.recallRoles(ctx, c, s); err != nil {
		return err
	}
	here := ""
	if current != nil {
		here = current.ID // which a new session replaces
	}
	s.Crowded, err = p.Sessions.Crowded(ctx, s.NewPerson(), here)
	return err
}
