package pages

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

// visit is somebody who is signed in at a page of their account: the printer, which
// knows the way to the others, and the session. here is the path of the page. Whoever
// is not signed in, has proven less than policy asks of them by now, or has to accept
// another version of the Use Agreement, has been sent to do that, and from there back to
// the page; ok is then false.
func (p *Pages) visit(w http.ResponseWriter, r *http.Request, here string) (pr *printer, current storage.Session, ok bool, err error) {
	return p.visitFor(w, r, here, flow.OwnRequest(backTo(r, here), p.Sessions.Now()))
}

// visitFresh is visit for a page that changes what somebody proves themselves with:
// who has not authenticated a short while ago is asked to, and comes back.
func (p *Pages) visitFresh(w http.ResponseWriter, r *http.Request, here string) (pr *printer, current storage.Session, ok bool, err error) {
	return p.visitFor(w, r, here, flow.FreshRequest(backTo(r, here), p.Sessions.Now()))
}

func (p *Pages) visitFor(w http.ResponseWriter, r *http.Request, here string, request flow.Request) (pr *printer, current storage.Session, ok bool, err error) {
	pr = p.printer(r, nil)
	current, err = p.Sessions.Resolve(r.Context(), p.Cookies.Session(r))
	switch {
	case err == nil:
		ok, err = p.suffices(r.Context(), request, current)
	case errors.Is(err, storage.ErrNotFound):
		err = nil
	}
	if err != nil {
		return pr, current, false, err
	}
	if !ok {
		return pr, current, false, p.askFor(w, r, request)
	}
	pr.places, err = p.places(r.Context(), pr.texts, current.PersonID, here)
	return pr, current, err == nil, err
}

// suffices says that a live session answers a request for a page, as it would one of an
// application: what policy asks of a person may be more than they were asked for.
func (p *Pages) suffices(ctx context.Context, request flow.Request, current storage.Session) (_ bool, err error) {
	state := flow.State{Request: request, Session: flow.FactsOf(current), Strictest: p.Strictest}
	if p.Bound != nil && state.AsksBound() {
		if state.Bound, err = p.Bound(ctx, current.PersonID); err != nil {
			return false, err
		}
	}
	// What somebody accepted is theirs to read, and to take back, whatever came since.
	if p.Agreement != nil && !strings.HasPrefix(request.Own, accountAgreementsPath) {
		if state.Agreement, err = p.Agreement(ctx, current.PersonID); err != nil {
			return false, err
		}
	}
	return flow.Next(state).UseSession, nil
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
