package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
)

// again begins an interaction again that is over, from what its browser kept, when
// one of its pages is used: a page may have been open overnight. What was typed into
// a sign-in page counts then as it would have counted before; whoever had come
// further is told that they have to sign in again. When ok is false, the browser has
// been sent elsewhere, or was shown a page.
func (p *Pages) again(w http.ResponseWriter, r *http.Request, signsIn bool, cause error) (in flow.Interaction, ok bool, err error) {
	id := r.PathValue("id")
	kept, known := p.Interactions.Recall(id, p.Cookies.Kept(r))
	switch {
	case !known:
		p.Stale(w, r)
		return in, false, cause
	case kept.Done, kept.Request.Device != "": // the dispatcher knows where it led
		p.resume(w, r, id)
		return in, false, nil
	}
	why := flow.AgainLate
	if signsIn {
		why = flow.AgainOpen
	}
	in, err = p.Interactions.BeginAgain(r.Context(), kept, why, p.Cookies.EnsureBrowser(w, r))
	if err != nil {
		return in, false, errors.Join(err, cause)
	}
	next, err := p.Interactions.Keep(in)
	p.Cookies.SetKept(w, flow.ResumePath(in.ID), next)
	return in, err == nil, err
}

// note is what a sign-in page says to who has to sign in again.
func (t AfreshTexts) note(why flow.Again) string {
	switch why {
	case flow.AgainLate:
		return t.Late
	case flow.AgainReplaced:
		return t.Replaced
	case flow.AgainVoid:
		return t.Void
	}
	return ""
}
