package pages

import (
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
)

const (
	accountPath       = "/account"
	accountSwitchPath = accountPath + "/switch"
)

type accountView struct {
	frame
	// UserID is who is signed in; it may be empty.
	UserID string
	Switch string
	// Application is where to go on to, and ApplicationURL its address; both may be empty.
	Application, ApplicationURL string
}

// accountSwitch begins to be at one's account as somebody else. Nobody is signed out by
// following it.
func (p *Pages) accountSwitch(w http.ResponseWriter, r *http.Request) error {
	return p.askFor(w, r, flow.SwitchRequest(accountPath, p.Sessions.Now()))
}

// accountOverview leads to all that somebody can see and change of their account.
func (p *Pages) accountOverview(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, accountPath)
	if err != nil || !ok {
		return err
	}
	view := accountView{
		frame: pr.frame(pr.texts.Account.Title, false), Switch: accountSwitchPath,
		Application: p.Application, ApplicationURL: p.ApplicationURL,
	}
	if p.UserID != nil {
		if view.UserID, err = p.UserID(r.Context(), current.PersonID); err != nil {
			return err
		}
	}
	return pr.print(w, http.StatusOK, "account", view)
}
