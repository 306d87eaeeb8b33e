package pages

import (
	"net/http"

	"github.com/claviger-id/claviger/pkg/problem"
)

type accountCodesView struct {
	frame
	Action, Back string
	// Others says that other sessions are to end then.
	Others bool
}

// drawCodes asks whether to draw another set of recovery codes.
func (p *Pages) drawCodes(w http.ResponseWriter, r *http.Request) error {
	pr, _, ok, err := p.visitFresh(w, r, drawCodesPath)
	if err != nil || !ok {
		return err
	}
	return pr.print(w, http.StatusOK, "account-codes", accountCodesView{
		frame: pr.frame(pr.texts.Factors.DrawTitle, false), Action: drawCodesPath, Back: accountFactorsPath, Others: true,
	})
}

// drawCodesNow draws it, and shows it once.
func (p *Pages) drawCodesNow(w http.ResponseWriter, r *http.Request) error {
	form, err := p.form(r, "others")
	if err != nil {
		return err
	}
	pr, current, ok, err := p.visitFresh(w, r, drawCodesPath)
	if err != nil || !ok {
		return err
	}
	if _, err := p.Sessions.Touch(r.Context(), current.ID); err != nil {
		return err
	}
	codes, err := p.Factors.ReplaceCodes(r.Context(), current.PersonID)
	if problem.From(err).Code == problem.Conflict { // there is nothing that they would stand in for
		http.Redirect(w, r, accountFactorsPath, http.StatusSeeOther)
		return err
	}
	if err == nil && form.Get("others") != "" {
		err = p.endOthers(r.Context(), current)
	}
	if err != nil {
		return err
	}
	return pr.recoveryCodes(w, codes, accountFactorsPath)
}
