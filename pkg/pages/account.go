package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/storage"
)

const accountPath = "/account"

type accountView struct {
	frame
	// UserID is who is signed in; it may be empty.
	UserID  string
	SignOut string
}

// accountOverview leads to all that somebody can see and change of their account.
func (p *Pages) accountOverview(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, accountPath)
	if err != nil || !ok {
		return err
	}
	view := accountView{frame: pr.frame(pr.texts.Account.Title, false), SignOut: signOutPath}
	if p.UserID != nil {
		if view.UserID, err = p.UserID(r.Context(), current.PersonID); err != nil {
			return err
		}
	}
	return pr.print(w, http.StatusOK, "account", view)
}

// visit is somebody who is signed in at a page of their account: the printer, which
// knows the way to the others, and the session. here is the path of the page.
// Where nobody is signed in, that was answered, and ok is false.
func (p *Pages) visit(w http.ResponseWriter, r *http.Request, here string) (pr *printer, current storage.Session, ok bool, err error) {
	pr = p.printer(r, nil)
	current, err = p.Sessions.Resolve(r.Context(), p.Cookies.Session(r))
	if errors.Is(err, storage.ErrNotFound) {
		p.writeError(w, r, http.StatusForbidden, pr.texts.Account.SignInFirst, 0)
		return pr, current, false, nil
	}
	if err != nil {
		return pr, current, false, err
	}
	if pr.places, err = p.places(r.Context(), pr.texts, current.PersonID, here); err != nil {
		return pr, current, false, err
	}
	return pr, current, true, nil
}
