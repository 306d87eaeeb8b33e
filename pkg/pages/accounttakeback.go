package pages

import (
	"net/http"
	"slices"

	"github.com/claviger-id/claviger/storage"
)

type accountTakeBackView struct {
	frame
	Action, Back string
}

// takeBack asks whether to take back what somebody accepted.
func (p *Pages) takeBack(w http.ResponseWriter, r *http.Request) error {
	pr, _, ok, err := p.visitAccepted(w, r)
	if err != nil || !ok {
		return err
	}
	return pr.print(w, http.StatusOK, "account-take-back", accountTakeBackView{
		frame: pr.frame(pr.texts.Agreements.TakeBackTitle, false), Action: takeBackPath, Back: accountAgreementsPath,
	})
}

// takeBackNow takes it back, which ends all that rests on it: the session of this
// browser, too.
func (p *Pages) takeBackNow(w http.ResponseWriter, r *http.Request) error {
	_, current, ok, err := p.visitAccepted(w, r)
	if err != nil || !ok {
		return err
	}
	if err := p.Agreements.Withdraw(r.Context(), current.PersonID, administrator(current)); err != nil {
		return err
	}
	return p.part(w, r, current)
}

// visitAccepted is visit for who has accepted something that stands. Others have been
// sent to the list.
func (p *Pages) visitAccepted(w http.ResponseWriter, r *http.Request) (pr *printer, current storage.Session, ok bool, err error) {
	pr, current, ok, err = p.visit(w, r, takeBackPath)
	if err != nil || !ok {
		return pr, current, false, err
	}
	all, err := p.Agreements.Own(r.Context(), current.PersonID)
	if err != nil {
		return pr, current, false, err
	}
	if !slices.ContainsFunc(all, func(a storage.Acceptance) bool { return a.WithdrawnAt.IsZero() }) {
		http.Redirect(w, r, accountAgreementsPath, http.StatusSeeOther)
		return pr, current, false, nil
	}
	return pr, current, true, nil
}
