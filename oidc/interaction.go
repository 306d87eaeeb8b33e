package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// resume is the dispatcher: every step of an interaction returns here, and here
// alone it is decided where to go next. When nothing is left to do, the
// interaction is taken, which one request can, a session begins, and the code
// goes to the application.
func (p *Provider) resume(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := p.Interactions.Load(ctx, r.PathValue("id"), p.Cookies.Browser(r))
	if err != nil && problem.From(err).Code == problem.NotFound {
		return p.gone(w, r, err)
	}
	if err != nil {
		return err
	}
	s, err := p.current(ctx, r)
	if err != nil {
		return err
	}
	own := in.State.Request.Own != ""
	c, ok := p.Clients.Get(in.State.Request.ClientID)
	ok = ok || own
	if !ok {
		return p.page(w, r, http.StatusBadRequest, flow.NoLongerRegistered, nil)
	}
	// The registration may have changed since: an address that was taken from the
	// client is not answered.
	if !own && in.State.Request.Device == "" && !client.IsRedirectURI(c, in.State.Request.RedirectURI) {
		return p.page(w, r, http.StatusBadRequest, flow.AddressTaken, nil)
	}
	if err := p.Recall(ctx, &in.State, s); err != nil {
		return err
	}
	decision := flow.Next(in.State)
	if decision.Error == "" && decision.Step != flow.StepIssue {
		seeOther(w, flow.PathFor(decision.Step, in.ID))
		return nil
	}
	to := target(c, in.State.Request)
	switch err := p.Interactions.Take(ctx, in); {
	case errors.Is(err, storage.ErrStale):
		seeOther(w, flow.ResumePath(in.ID)) // something was recorded meanwhile: look again
		return nil
	case err != nil && problem.From(err).Code == problem.NotFound:
		return p.gone(w, r, err)
	case err != nil:
		return err
	}
	device, ends := in.State.Request.Device != "", in.State.Request.Own
	switch {
	case device && decision.Error != "":
		ends = pathDeviceRefused
	case device:
		ends = pathDeviceDone
	}
	if err := p.completed(w, in, ends); err != nil {
		return err
	}
	if own {
		return p.finishOwn(w, r, in.State, decision, s)
	}
	if decision.Error != "" {
		if device {
			return p.decideDevice(w, r, in.State.Request, decision, nil)
		}
		return p.answerError(w, r, to, fault.New(fault.Code(decision.Error), decision.Description))
	}
	if !decision.UseSession {
		s, err = p.begin(w, r, in.State, s)
		switch {
		case errors.Is(err, session.ErrTooMany):
			// An application could not tell the person what to do, this page does.
			return p.page(w, r, http.StatusForbidden, flow.TooManySessions, err)
		case errors.Is(err, errStandsNoMore) && device:
			return p.decideDevice(w, r, in.State.Request, flow.Decision{Error: flow.ErrorLoginRequired}, nil)
		case errors.Is(err, errStandsNoMore):
			return p.answerError(w, r, to, &fault.Error{
				Code: fault.LoginRequired, Description: "The account was changed after the person signed in.", Cause: err,
			})
		case err != nil && device:
			return err
		case err != nil:
			return p.answerError(w, r, to, err)
		}
	}
	if device {
		return p.decideDevice(w, r, in.State.Request, decision, s)
	}
	if in.State.Agreed == s.Subject {
		if err := p.Consents.Give(ctx, in.State.Request, *s); err != nil {
			return p.answerError(w, r, to, err)
		}
	}
	if chosen := in.State.Choice(); chosen != "" && p.Delegations != nil {
		if err := p.Delegations.remember(ctx, *s, c.ID, chosen); err != nil {
			return p.answerError(w, r, to, err)
		}
	}
	err = p.issue(w, r, c, in.State.Request, authentication(in.State.Request, *s, decision.Acts, true))
	if errors.Is(err, storage.ErrEnded) {
		return p.answerError(w, r, to, fault.New(fault.LoginRequired, "The session ended a moment ago."))
	}
	return err
}

// begin begins a session for who has signed in, in place of the one before. Where that
// was somebody else's, nothing that was begun in this browser goes on: a sign-in may
// have come as far as a question that it takes no secret to answer.
func (p *Provider) begin(w http.ResponseWriter, r *http.Request, done flow.State, before *storage.Session) (*storage.Session, error) {
	who := done.SignedIn
	b := session.Beginning{
		PersonID: who.PersonID, Subject: who.Subject, AuthTime: who.AuthTime, ACR: flow.ClassOf(who.AMR), AMR: who.AMR, Shared: who.Shared,
	}
	if before != nil {
		b.Replaces = before.ID
	}
	if who.Raises != "" {
		if before == nil || before.ID != who.Raises {
			return nil, errStandsNoMore
		}
		b.Until = before.AbsoluteDeadline // a factor alone is no whole authentication
		b.Raised = before.SecretHash
	}
	cookie, s, err := p.Sessions.Begin(r.Context(), b)
	if b.Raised != nil && (errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrStale)) {
		return nil, errStandsNoMore
	}
	if err != nil {
		return nil, err
	}
	// Only now: who takes an account away ends its sessions after that, and finds
	// this one, or is found here.
	if err := p.stands(r.Context(), *who); err != nil {
		// The cookie of a session that cannot be ended either was never sent.
		return nil, errors.Join(err, p.Sessions.End(context.WithoutCancel(r.Context()), s.ID, session.ReasonNotStarted))
	}
	p.Cookies.SetSession(w, cookie)
	// Of a session that is over nobody knows whose it was.
	if before != nil && before.PersonID != who.PersonID || before == nil && p.Cookies.Session(r) != "" {
		p.Cookies.ChangeBrowser(w)
	}
	return &s, nil
}

// errStandsNoMore says that a sign-in is worth nothing any more.
var errStandsNoMore = errors.New("oidc: the account was suspended, its password replaced, its sessions ended, or the agreement taken back, since the sign-in")

// Stands says whether what was proven is still true, as a session that begins has it.
func (p *Provider) Stands(ctx context.Context, who flow.SignedIn) (bool, error) {
	err := p.stands(ctx, who)
	if errors.Is(err, errStandsNoMore) {
		return false, nil
	}
	return err == nil, err
}

// stands says that what was proven is still true: an interaction may wait for a
// while, and whoever came by a password would wait until it was replaced. The same
// goes for a factor that was taken away, which ends the person's sessions, and for
// what was agreed to.
func (p *Provider) stands(ctx context.Context, who flow.SignedIn) error {
	switch counts, err := p.Sessions.SignInCounts(ctx, who.PersonID, who.ProvenAt); {
	case err != nil:
		return err
	case !counts:
		return errStandsNoMore
	}
	if p.Agreement != nil {
		switch agreed, err := p.Agreement(ctx, who.PersonID); {
		case err != nil:
			return err
		case agreed.Must:
			return errStandsNoMore
		}
	}
	return p.Store.View(ctx, func(tx storage.Tx) error {
		found, err := tx.People().Get(ctx, who.PersonID)
		if err != nil {
			return fmt.Errorf("oidc: person: %w", err)
		}
		if found.State != storage.PersonActive {
			return errStandsNoMore
		}
		if who.Passwordless || who.Raises != "" {
			return nil // it rests on no password, or on a session, which whoever replaces one ends
		}
		password, err := tx.Passwords().Get(ctx, who.PersonID)
		switch {
		case errors.Is(err, storage.ErrNotFound):
			return nil // signed in with something else
		case err != nil:
			return fmt.Errorf("oidc: password: %w", err)
		case password.Kind != storage.PasswordPersonal, password.Version != who.PasswordVersion, !password.ForcedAt.IsZero():
			return errStandsNoMore
		}
		return nil
	})
}
