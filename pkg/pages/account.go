package pages

import "net/http"

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
