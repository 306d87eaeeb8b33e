package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
)

type accountFactorRemoveView struct {
	frame
	Action, Back string
	Name         string
	// Last says that nothing but the password is left then.
	Last bool
	// Message says why it cannot be removed.
	Message string
}

// removeFactor asks whether to remove it.
func (p *Pages) removeFactor(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visitFresh(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	return p.printRemoveFactor(w, r, pr, http.StatusOK, current.PersonID, nil)
}

// removeFactorNow removes it.
func (p *Pages) removeFactorNow(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visitFresh(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	if _, err := p.Sessions.Touch(r.Context(), current.ID); err != nil {
		return err
	}
	err = p.Factors.Remove(r.Context(), current.PersonID, r.PathValue("factor"), p.owes(current, true, session.ReasonFactorChanged))
	switch problem.From(err).Code {
	case problem.Conflict:
		return p.printRemoveFactor(w, r, pr, http.StatusConflict, current.PersonID, err)
	case problem.NotFound: // a second press of the button, which ends what is left
		err = nil
	}
	if err != nil {
		return err
	}
	// Whoever signed in elsewhere with what was taken away does not stay.
	if err := p.goesOn(w, r, current, true, session.ReasonFactorChanged); err != nil {
		return err
	}
	http.Redirect(w, r, accountFactorsPath, http.StatusSeeOther)
	return nil
}

func (p *Pages) printRemoveFactor(w http.ResponseWriter, r *http.Request, pr *printer, status int, personID string, why error) error {
	all, err := p.Factors.Own(r.Context(), personID)
	if err != nil {
		return err
	}
	var one factor.Held
	for _, h := range all.Held {
		if h.ID == r.PathValue("factor") {
			one = h
		}
	}
	if one.ID == "" { // removed in another window
		http.Redirect(w, r, accountFactorsPath, http.StatusSeeOther)
		return why
	}
	view := accountFactorRemoveView{
		frame: pr.frame(pr.texts.Factors.RemoveTitle, false), Action: factorPath(one.ID, "remove"), Back: accountFactorsPath,
		Name: factorName(pr.texts, one), Last: len(all.Held) == 1,
	}
	switch {
	case one.Kept:
		view.Message = pr.texts.Factors.Kept
	case why != nil:
		view.Message = pr.why(why)
	}
	view.Problem = view.Message != ""
	return errors.Join(pr.print(w, status, "account-factor-remove", view), why)
}
