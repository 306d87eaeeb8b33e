package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

type accountFactorPasskeyView struct {
	frame
	Passkey *passkeyForm
	Back    string
	// Others says that other sessions are to end then.
	Others  bool
	Message string
}

// addPasskey offers to set up another passkey.
func (p *Pages) addPasskey(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visitFresh(w, r, addPasskeyPath)
	if err != nil || !ok {
		return err
	}
	return p.printAddPasskey(w, r, pr, http.StatusOK, current, true, "")
}

// addPasskeyNow binds it.
func (p *Pages) addPasskeyNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "ceremony", "answer", "name", "others")
	if err != nil {
		return err
	}
	if shown, err := p.shownAgain(w, r, form.Get("ceremony")); shown || err != nil {
		return err
	}
	pr, current, ok, err := p.visitFresh(w, r, addPasskeyPath)
	if err != nil || !ok {
		return err
	}
	if _, err := p.Sessions.Touch(ctx, current.ID); err != nil {
		return err
	}
	others := form.Get("others") != ""
	codes, err := p.Factors.BindPasskey(ctx, current.PersonID, current.ID, form.Get("ceremony"), form.Get("answer"), form.Get("name"),
		p.owes(current, others, session.ReasonFactorChanged))
	if err != nil {
		status, message, other := p.passkeyProblem(r, nil, err)
		if other != nil {
			return other
		}
		return errors.Join(p.printAddPasskey(w, r, pr, status, current, others, message), err)
	}
	if err := p.goesOn(w, r, current, others, session.ReasonFactorChanged); err != nil {
		return err
	}
	return pr.added(w, r, codes)
}

func (p *Pages) printAddPasskey(w http.ResponseWriter, r *http.Request, pr *printer, status int, current storage.Session, others bool, message string) error {
	userID, err := p.userIDOf(r, current.PersonID)
	if err != nil {
		return err
	}
	asked, err := p.Factors.OfferPasskey(r.Context(), current.PersonID, current.ID, userID)
	if err != nil {
		return err
	}
	view := accountFactorPasskeyView{
		frame: pr.frame(pr.texts.Factors.PasskeyTitle, true), Passkey: p.passkeyForm("create", addPasskeyPath, asked), Back: accountFactorsPath, Others: others, Message: message,
	}
	view.Problem = message != ""
	return pr.print(w, status, "account-factor-passkey", view)
}

// added leads on from a factor that was set up: past its recovery codes, if it is
// the first.
func (p *printer) added(w http.ResponseWriter, r *http.Request, codes []string) error {
	if codes == nil {
		http.Redirect(w, r, accountFactorsPath, http.StatusSeeOther)
		return nil
	}
	return p.recoveryCodes(w, codes, accountFactorsPath)
}

// userIDOf is under what a person is filed on their devices; it may be empty.
func (p *Pages) userIDOf(r *http.Request, personID string) (string, error) {
	if p.UserID == nil {
		return "", nil
	}
	return p.UserID(r.Context(), personID)
}
