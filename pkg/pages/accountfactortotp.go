package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// addTOTP offers a secret for another application, or for one in the place of that
// in the address. The page is that of a sign-in which asks for one.
func (p *Pages) addTOTP(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visitFresh(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	if err := p.replaceable(r, current); err != nil {
		return err
	}
	userID, err := p.userIDOf(r, current.PersonID)
	if err != nil {
		return err
	}
	offer, err := p.Factors.OfferTOTP(current.PersonID, current.ID, userID)
	if err != nil {
		return err
	}
	return pr.printAddTOTP(w, r, http.StatusOK, offer, true, "")
}

// addTOTPNow binds it with its first code.
func (p *Pages) addTOTPNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "offer", "code", "name", "others")
	if err != nil {
		return err
	}
	others := form.Get("others") != ""
	if shown, err := p.shownAgain(w, r, form.Get("offer")); shown || err != nil {
		return err
	}
	pr, current, ok, err := p.visitFresh(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	if _, err := p.Sessions.Touch(ctx, current.ID); err != nil {
		return err
	}
	codes, err := p.Factors.ReplaceTOTP(ctx, current.PersonID, current.ID, form.Get("offer"), form.Get("code"), form.Get("name"), r.PathValue("factor"),
		p.owes(current, others, session.ReasonFactorChanged))
	switch problem.From(err).Code {
	case problem.Invalid:
		userID, failed := p.userIDOf(r, current.PersonID)
		if failed != nil {
			return failed
		}
		offer, again := p.Factors.Again(current.PersonID, current.ID, userID, form.Get("offer"))
		if again != nil {
			return again
		}
		return errors.Join(pr.printAddTOTP(w, r, http.StatusUnprocessableEntity, offer, others, pr.texts.SetUpTOTP.Wrong), err)
	case problem.Conflict, problem.NotFound: // it is over, or a second press of the button
		http.Redirect(w, r, accountFactorsPath, http.StatusSeeOther)
		return err
	}
	if err == nil {
		err = p.goesOn(w, r, current, others, session.ReasonFactorChanged)
	}
	if err != nil {
		return err
	}
	return pr.added(w, r, codes)
}

// replaceable says that what the address names, if anything, is an application of
// the person.
func (p *Pages) replaceable(r *http.Request, current storage.Session) error {
	id := r.PathValue("factor")
	if id == "" {
		return nil
	}
	one, err := p.Factors.OwnOne(r.Context(), current.PersonID, id)
	if err == nil && one.Kind != storage.AuthenticatorTOTP {
		err = problem.New(problem.NotFound, "This is no authenticator app.")
	}
	return err
}

func (p *printer) printAddTOTP(w http.ResponseWriter, r *http.Request, status int, offer factor.Offer, others bool, message string) error {
	p.fleeting = true // another page would offer another secret
	view := setUpTOTPView{
		frame: p.frame(p.texts.SetUpTOTP.Title, true), Action: r.URL.Path, Offer: offer, Back: accountFactorsPath, Account: true, Others: others, Message: message,
	}
	view.Problem = message != ""
	return p.print(w, status, "set-up-totp", view)
}
