package pages

import (
	"net/http"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
)

type accountCodesView struct {
	frame
	Action, Back string
	// Offer is the set that is drawn then, sealed: a page that is loaded again shows
	// the same one, and draws no other.
	Offer string
	// Others says that other sessions are to end then.
	Others bool
}

// drawCodes asks whether to draw another set of recovery codes.
func (p *Pages) drawCodes(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visitFresh(w, r, drawCodesPath)
	if err != nil || !ok {
		return err
	}
	offer, err := p.Factors.OfferCodes(current.PersonID, current.ID)
	if err != nil {
		return err
	}
	return pr.print(w, http.StatusOK, "account-codes", accountCodesView{
		frame: pr.frame(pr.texts.Factors.DrawTitle, false), Action: drawCodesPath, Back: accountFactorsPath, Offer: offer, Others: true,
	})
}

// drawCodesNow puts it in force and shows it, and shows it again to who loads the page
// again.
func (p *Pages) drawCodesNow(w http.ResponseWriter, r *http.Request) error {
	form, err := p.form(r, "offer", "others")
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
	others := form.Get("others") != ""
	codes, err := p.Factors.TakeCodes(r.Context(), current.PersonID, current.ID, form.Get("offer"), p.owes(current, others, session.ReasonFactorChanged))
	if problem.From(err).Code == problem.Conflict { // the set was replaced since, or there is nothing that it would stand in for
		http.Redirect(w, r, accountFactorsPath, http.StatusSeeOther)
		return err
	}
	if err == nil {
		err = p.goesOn(w, r, current, others, session.ReasonFactorChanged)
	}
	if err != nil {
		return err
	}
	return pr.recoveryCodes(w, codes, accountFactorsPath)
}
