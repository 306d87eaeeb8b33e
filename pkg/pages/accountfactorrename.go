package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/problem"
)

type accountFactorRenameView struct {
	frame
	Action, Back string
	// Name is that of before, or what was entered.
	Name    string
	Message string
}

// renameFactor asks for another name.
func (p *Pages) renameFactor(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visitFresh(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	one, err := p.Factors.OwnOne(r.Context(), current.PersonID, r.PathValue("factor"))
	if err != nil {
		return err
	}
	return pr.printRenameFactor(w, http.StatusOK, one, one.Name, "")
}

// renameFactorNow gives it.
func (p *Pages) renameFactorNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "name")
	if err != nil {
		return err
	}
	pr, current, ok, err := p.visitFresh(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	one, err := p.Factors.OwnOne(ctx, current.PersonID, r.PathValue("factor"))
	if err != nil {
		return err
	}
	if _, err := p.Sessions.Touch(ctx, current.ID); err != nil {
		return err
	}
	err = p.Factors.Rename(ctx, current.PersonID, one.ID, form.Get("name"))
	if problem.From(err).Code == problem.Invalid {
		entered := shorten(form.Get("name"), 4*factor.MaxName)
		return errors.Join(pr.printRenameFactor(w, http.StatusUnprocessableEntity, one, entered, pr.texts.Factors.BadName), err)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, accountFactorsPath, http.StatusSeeOther)
	return nil
}

func (p *printer) printRenameFactor(w http.ResponseWriter, status int, one factor.Held, name, message string) error {
	view := accountFactorRenameView{
		frame: p.frame(p.texts.Factors.RenameTitle, false), Action: factorPath(one.ID, "rename"), Back: accountFactorsPath, Name: name, Message: message,
	}
	view.Problem = message != ""
	return p.print(w, status, "account-factor-rename", view)
}
