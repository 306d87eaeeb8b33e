package pages

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

// visit is somebody who is signed in at a page of their account: the printer, which
// knows the way to the others, and the session. here is the path of the page. Whoever
// is not signed in has been sent to sign in, and from there back to the page; ok is
// then false.
func (p *Pages) visit(w http.ResponseWriter, r *http.Request, here string) (pr *printer, current storage.Session, ok bool, err error) {
	pr = p.printer(r, nil)
	current, err = p.Sessions.Resolve(r.Context(), p.Cookies.Session(r))
	if errors.Is(err, storage.ErrNotFound) {
		return pr, current, false, p.askFor(w, r, flow.OwnRequest(backTo(r, here), p.Sessions.Now()))
	}
	if err != nil {
		return pr, current, false, err
	}
	if pr.places, err = p.places(r.Context(), pr.texts, current.PersonID, here); err != nil {
		return pr, current, false, err
	}
	return pr, current, true, nil
}

// visitFresh is visit for a page that changes what somebody proves themselves with:
// who has not authenticated a short while ago is asked to, and comes back.
func (p *Pages) visitFresh(w http.ResponseWriter, r *http.Request, here string) (pr *printer, current storage.Session, ok bool, err error) {
	pr, current, ok, err = p.visit(w, r, here)
	if err != nil || !ok {
		return pr, current, false, err
	}
	request := flow.FreshRequest(backTo(r, here), p.Sessions.Now())
	state := flow.State{Request: request, Session: flow.FactsOf(current)}
	if p.Bound != nil {
		if state.Bound, err = p.Bound(r.Context(), current.PersonID); err != nil {
			return pr, current, false, err
		}
	}
	if flow.Next(state).UseSession {
		return pr, current, true, nil
	}
	return pr, current, false, p.askFor(w, r, request)
}

// askFor begins what a person has to do before a page is shown.
func (p *Pages) askFor(w http.ResponseWriter, r *http.Request, request flow.Request) error {
	in, err := p.Interactions.Begin(r.Context(), request, p.Cookies.EnsureBrowser(w, r))
	if err != nil {
		return err
	}
	kept, err := p.Interactions.Keep(in)
	if err != nil {
		return err
	}
	p.Cookies.SetKept(w, flow.ResumePath(in.ID), kept)
	p.resume(w, r, in.ID)
	return nil
}

// maxQuery is more than any page of ours needs, in bytes.
const maxQuery = 200

// backTo is where a person goes on afterwards: here, with what the address held. What
// a form held has to be entered again.
func backTo(r *http.Request, here string) string {
	to := url.URL{Path: here}
	if r.Method == http.MethodGet && len(r.URL.RawQuery) <= maxQuery {
		to.RawQuery = r.URL.Query().Encode()
	}
	return to.String()
}
