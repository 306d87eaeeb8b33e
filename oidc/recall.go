package oidc

import (
	"context"

	"github.com/claviger-id/claviger/oidc/flow"
)

// recall brings into the state what is looked up each time, where the decision
// needs it.
func (p *Provider) recall(ctx context.Context, s *flow.State) (err error) {
	s.Strictest = p.Strictest
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
	return p.recallConsent(ctx, s)
}
