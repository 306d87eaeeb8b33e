package pages

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/web"
)

type accountDelegationGrantView struct {
	frame
	Action, Back       string
	Applications       []roleChoice
	Purposes           []roleChoice
	UserID, FamilyName string
	// Until is the last day that was entered, Earliest and Latest bound it.
	Until, Earliest, Latest string
	// Message says what is wrong, and Wrong in which field; empty: in none of them.
	Message, Wrong string
}

// grantDelegation shows the form on which somebody lets another person act for them.
func (p *Pages) grantDelegation(w http.ResponseWriter, r *http.Request) error {
	pr, _, ok, err := p.visitFresh(w, r, grantDelegationPath)
	if err != nil || !ok {
		return err
	}
	return p.printDelegationGrant(w, pr, http.StatusOK, accountDelegationGrantView{}, nil, "")
}

// grantDelegationNow lets them.
func (p *Pages) grantDelegationNow(w http.ResponseWriter, r *http.Request) error {
	all, err := web.Form(r)
	if err != nil {
		return err
	}
	form, err := p.form(r, "userid", "family-name", "purpose", "until")
	if err != nil {
		return err
	}
	pr, current, ok, err := p.visitFresh(w, r, grantDelegationPath)
	if err != nil || !ok {
		return err
	}
	if _, err := p.Sessions.Touch(r.Context(), current.ID); err != nil {
		return err
	}
	clients := all["application"]
	view := accountDelegationGrantView{
		UserID: shorten(form.Get("userid"), maxUserID), FamilyName: shorten(form.Get("family-name"), 400), Until: shorten(form.Get("until"), 10),
	}
	refuse := func(why string) { view.Message, view.Wrong = pr.texts.Delegations.Refused(why), wrongField(why) }
	last, err := time.Parse(time.DateOnly, form.Get("until"))
	switch {
	case err != nil:
		refuse(access.ReasonEnd)
	case form.Get("userid") == "":
		refuse(access.ReasonPerson)
	}
	if view.Message != "" {
		return p.printDelegationGrant(w, pr, http.StatusUnprocessableEntity, view, clients, form.Get("purpose"))
	}
	_, err = p.Access.GrantDelegation(r.Context(), access.NewDelegation{
		PrincipalID: current.PersonID, UserID: form.Get("userid"), FamilyName: form.Get("family-name"), Clients: clients,
		Purpose: form.Get("purpose"), EndsAt: last.AddDate(0, 0, 1),
	}, administrator(current))
	if err == nil {
		http.Redirect(w, r, accountDelegationsPath, http.StatusSeeOther)
		return nil
	}
	switch problem.From(err).Code {
	case problem.Invalid, problem.NotFound, problem.Conflict, problem.Denied, problem.Limited:
		refuse(access.Why(err))
		return errors.Join(p.printDelegationGrant(w, pr, http.StatusUnprocessableEntity, view, clients, form.Get("purpose")), err)
	}
	return err
}

func (p *Pages) printDelegationGrant(w http.ResponseWriter, pr *printer, status int, view accountDelegationGrantView, clients []string, purpose string) error {
	view.frame = pr.frame(pr.texts.Delegations.GrantTitle, false)
	view.Action, view.Back, view.Problem = grantDelegationPath, accountDelegationsPath, view.Message != ""
	for _, id := range p.ActingApplications() {
		view.Applications = append(view.Applications, roleChoice{Name: id, Text: p.applicationName(id), Chosen: slices.Contains(clients, id)})
	}
	for _, word := range access.Purposes() {
		view.Purposes = append(view.Purposes, roleChoice{Name: word, Text: pr.texts.Delegations.Purpose(word), Chosen: word == purpose})
	}
	now := p.Sessions.Now()
	view.Earliest, view.Latest = now.Format(time.DateOnly), now.Add(p.Access.Rules.Longest).AddDate(0, 0, -1).Format(time.DateOnly)
	return pr.print(w, status, "account-delegation-grant", view)
}
