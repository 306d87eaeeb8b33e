package pages

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/problem"
)

const (
	accountDelegationsPath = accountPath + "/delegations"
	grantDelegationPath    = accountDelegationsPath + "/grant"
	actAnewPath            = accountDelegationsPath + "/anew"
	endDelegationPattern   = accountDelegationsPath + "/{delegation}/end"
)

func endDelegationPath(id string) string {
	return accountDelegationsPath + "/" + url.PathEscape(id) + "/end"
}

type accountDelegationsView struct {
	frame
	// Grant leads to the form; empty where there is no application to act in.
	Grant string
	// Anew has the person say anew for whom they act.
	Anew string
	// Acting are those who act for the person, Acted those for whom the person acts.
	Acting, Acted []delegationRow
}

// delegationRow is a delegation in words: who the other one is.
type delegationRow struct {
	ID, Name, UserID, Purpose, Applications, Since, Until, Used, End string
}

// accountDelegations shows somebody who may act for them, and for whom they may act.
func (p *Pages) accountDelegations(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, accountDelegationsPath)
	if err != nil || !ok {
		return err
	}
	acting, acted, err := p.Access.DelegationsOf(r.Context(), current.PersonID, administrator(current))
	if err != nil {
		return err
	}
	view := accountDelegationsView{frame: pr.frame(pr.texts.Delegations.Title, false), Anew: actAnewPath}
	if len(p.ActingApplications()) > 0 {
		view.Grant = grantDelegationPath
	}
	for _, d := range acting {
		view.Acting = append(view.Acting, p.delegationRow(pr.texts, d, d.Delegate))
	}
	for _, d := range acted {
		view.Acted = append(view.Acted, p.delegationRow(pr.texts, d, d.Principal))
	}
	return pr.print(w, http.StatusOK, "account-delegations", view)
}

func (p *Pages) delegationRow(t *Texts, d access.Delegation, other access.Party) delegationRow {
	row := delegationRow{
		ID: d.ID, Name: other.Name, UserID: other.UserID, Purpose: t.Delegations.Purpose(d.Purpose), Used: t.Delegations.Unused,
		Since: t.Delegations.Since(t.Common.Moment(d.Since)), Until: t.Delegations.Until(t.Common.Day(lastDayOf(d.EndsAt))), End: endDelegationPath(d.ID),
	}
	var names []string
	for _, id := range d.Clients {
		names = append(names, p.applicationName(id))
	}
	row.Applications = strings.Join(names, ", ")
	if !d.UsedAt.IsZero() {
		row.Used = t.Delegations.Used(t.Common.Moment(d.UsedAt))
	}
	return row
}

type accountDelegationEndView struct {
	frame
	Action, Back string
	Delegation   delegationRow
	// Own says that the person is the one who acts.
	Own bool
}

// endDelegation asks whether to end a delegation.
func (p *Pages) endDelegation(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	acting, acted, err := p.Access.DelegationsOf(r.Context(), current.PersonID, administrator(current))
	if err != nil {
		return err
	}
	id := r.PathValue("delegation")
	for _, d := range append(acting, acted...) {
		if d.ID != id {
			continue
		}
		other := d.Delegate
		if d.DelegateID == current.PersonID {
			other = d.Principal
		}
		return pr.print(w, http.StatusOK, "account-delegation-end", accountDelegationEndView{
			frame: pr.frame(pr.texts.Delegations.EndTitle, false), Action: endDelegationPath(id), Back: accountDelegationsPath,
			Delegation: p.delegationRow(pr.texts, d, other), Own: d.DelegateID == current.PersonID,
		})
	}
	return problem.New(problem.NotFound, "There is no such delegation.")
}

// endDelegationNow ends it, at once.
func (p *Pages) endDelegationNow(w http.ResponseWriter, r *http.Request) error {
	_, current, ok, err := p.visit(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	if _, err := p.Sessions.Touch(r.Context(), current.ID); err != nil {
		return err
	}
	if err := p.Access.EndDelegation(r.Context(), r.PathValue("delegation"), administrator(current)); err != nil {
		return err
	}
	http.Redirect(w, r, accountDelegationsPath, http.StatusSeeOther)
	return nil
}

// actAnew has the person say anew for whom they act, wherever they go next.
func (p *Pages) actAnew(w http.ResponseWriter, r *http.Request) error {
	_, current, ok, err := p.visit(w, r, accountDelegationsPath)
	if err != nil || !ok {
		return err
	}
	if _, err := p.Sessions.Touch(r.Context(), current.ID); err != nil {
		return err
	}
	if err := p.ForgetActing(r.Context(), current); err != nil {
		return err
	}
	http.Redirect(w, r, accountDelegationsPath, http.StatusSeeOther)
	return nil
}
