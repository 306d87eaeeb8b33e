package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/storage"
)

type homeView struct {
	frame
	// SignedIn says that the session of this browser lives.
	SignedIn bool
	// Manage is for who manages access; it is empty for the others.
	SignOut, Account, Manage, Security string
	// Application is where to go on to, and ApplicationURL its address; both may be empty.
	Application, ApplicationURL string
}

// home is the page at the bare address of the issuer.
func (p *Pages) home(w http.ResponseWriter, r *http.Request) error {
	pr := p.printer(r, nil)
	view := homeView{
		frame: pr.frame(pr.texts.Home.Title, false), SignOut: signOutPath, Account: accountPath, Security: securityPath,
		Application: p.Application, ApplicationURL: p.ApplicationURL,
	}
	current, err := p.Sessions.Resolve(r.Context(), p.Cookies.Session(r))
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return pr.print(w, http.StatusOK, "home", view)
	case err != nil:
		return err
	}
	view.SignedIn = true
	manages, err := p.manages(r.Context(), current.PersonID)
	if err != nil {
		return err
	}
	if manages {
		view.Manage = managePath
	}
	return pr.print(w, http.StatusOK, "home", view)
}
