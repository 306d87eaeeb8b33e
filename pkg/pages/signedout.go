package pages

import (
	"context"
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

const signedOutPath = "/signed-out"

type signedOutView struct {
	frame
	// Told, Waiting and Open are names of applications: those that confirmed that they
	// heard of it, those that may yet, and those that were not told.
	Told, Waiting, Open []string
	// Look leads here once more.
	Look string
}

// signedOut is where signing out ends when no application is returned to. It
// drops what the browser still holds; it changes nothing, so that it can be shown
// again and again.
func (p *Pages) signedOut(w http.ResponseWriter, r *http.Request) error {
	if p.Cookies.Session(r) != "" {
		// Somebody who is signed in followed a link to this page. Saying that
		// they are signed out would be wrong, and making it so by a GET would
		// let any site sign people out.
		http.Redirect(w, r, signOutPath, http.StatusSeeOther)
		return nil
	}
	pr := p.printer(r, nil)
	view := signedOutView{frame: pr.frame(pr.texts.SignedOut.Title, false), Look: signedOutPath}
	if parting, ok := p.Interactions.Parted(p.Cookies.Parted(r)); ok && p.Ledger != nil {
		if err := p.whatBecame(r.Context(), parting, &view); err != nil {
			return err
		}
	}
	p.Cookies.Forget(w)
	return pr.print(w, http.StatusOK, "signed-out", view)
}

// whatBecame says what became of the applications of a session that has ended, by the
// lines that its end has in the logout ledger.
func (p *Pages) whatBecame(ctx context.Context, ended flow.Parting, view *signedOutView) error {
	lines, err := p.Ledger(ctx, ended.Session)
	if err != nil {
		return err
	}
	states := map[string]storage.LogoutState{}
	for _, one := range lines {
		// A session may have others, of an application that lost its access before.
		if one.ID == ended.Session+"."+one.ClientID {
			states[one.ClientID] = one.State
		}
	}
	for _, id := range ended.Clients {
		name := p.applicationName(id)
		switch states[id] {
		case storage.LogoutDelivered:
			view.Told = append(view.Told, name)
		case storage.LogoutPending:
			view.Waiting = append(view.Waiting, name)
		default: // refused, given up, or nowhere to tell it
			view.Open = append(view.Open, name)
		}
	}
	return nil
}
