package pages

import (
	"net/http"
	"slices"

	"github.com/claviger-id/claviger/pkg/problem"
)

type accountWithdrawView struct {
	frame
	Action, Back string
	Application  applicationRow
}

// withdraw asks whether to take an application its access.
func (p *Pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	one, err := p.authorizationOf(r, current.PersonID)
	if err != nil {
		return err
	}
	return pr.print(w, http.StatusOK, "account-withdraw", accountWithdrawView{
		frame: pr.frame(pr.texts.Applications.WithdrawTitle, false), Action: withdrawPath(one.ClientID), Back: accountApplicationsPath,
		Application: p.applicationRow(pr.texts, one),
	})
}

// withdrawNow takes it: at once, and the application is told.
func (p *Pages) withdrawNow(w http.ResponseWriter, r *http.Request) error {
	_, current, ok, err := p.visit(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	if _, err := p.Sessions.Touch(r.Context(), current.ID); err != nil {
		return err
	}
	one, err := p.authorizationOf(r, current.PersonID)
	if problem.From(err).Code == problem.NotFound { // a second press of the button
		http.Redirect(w, r, accountApplicationsPath, http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	if err := p.Withdraw(r.Context(), current.PersonID, one.ClientID, administrator(current)); err != nil {
		return err
	}
	http.Redirect(w, r, accountApplicationsPath, http.StatusSeeOther)
	return nil
}

// authorizationOf is that of the application in the address, or a problem.NotFound.
func (p *Pages) authorizationOf(r *http.Request, personID string) (authorization, error) {
	all, err := p.authorizations(r.Context(), personID)
	if err != nil {
		return authorization{}, err
	}
	i := slices.IndexFunc(all, func(a authorization) bool { return a.ClientID == r.PathValue("client") })
	if i < 0 {
		return authorization{}, problem.New(problem.NotFound, "This application has no access.")
	}
	return all[i], nil
}
