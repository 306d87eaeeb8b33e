package oidc

import (
	"errors"
	"net/http"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// pathAccount is where who does not want to sign in to a page goes on; package pages
// has it.
const pathAccount = "/account"

// finishOwn ends an interaction that no application asked for: the person wants to
// see a page of this service. Who authenticated anew stays in the session, so that
// no application has to hear of it.
func (p *Provider) finishOwn(w http.ResponseWriter, r *http.Request, done flow.State, decision flow.Decision, s *storage.Session) error {
	if decision.Error != "" {
		to := "/"
		if s != nil && opens(done, *s, p.Now()) {
			to = pathAccount
		}
		seeOther(w, to)
		return nil
	}
	if !decision.UseSession {
		var err error
		if who := done.SignedIn; s != nil && s.PersonID == who.PersonID && (s.Shared || !who.Shared) {
			err = p.renew(w, r, *who, *s)
		} else {
			_, err = p.begin(w, r, done, s)
		}
		switch {
		case errors.Is(err, session.ErrTooMany):
			return p.page(w, r, http.StatusForbidden, flow.TooManySessions, err)
		// The page asks again.
		case errors.Is(err, errStandsNoMore), errors.Is(err, storage.ErrNotFound), errors.Is(err, storage.ErrStale):
		case err != nil:
			return err
		}
	}
	seeOther(w, done.Request.Own)
	return nil
}

// opens says that a session opens one's own pages as it is: who said no to what the
// account asks for, too, would be asked again and again.
func opens(done flow.State, s storage.Session, at time.Time) bool {
	return flow.Next(flow.State{
		Request: flow.OwnRequest(pathAccount, at), Session: flow.FactsOf(s), Strictest: done.Strictest, Bound: done.Bound, Agreement: done.Agreement,
	}).UseSession
}

// renew notes a new authentication in a session that goes on.
func (p *Provider) renew(w http.ResponseWriter, r *http.Request, who flow.SignedIn, s storage.Session) error {
	if who.Raises != "" && who.Raises != s.ID {
		return errStandsNoMore
	}
	if err := p.stands(r.Context(), who); err != nil {
		return err
	}
	cookie, _, err := p.Sessions.Renew(r.Context(), s, session.Beginning{AuthTime: who.AuthTime, ACR: flow.ClassOf(who.AMR), AMR: who.AMR})
	if err == nil {
		p.Cookies.SetSession(w, cookie)
	}
	return err
}
