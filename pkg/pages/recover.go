package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/recovery"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

const recoveredPath = "/recover/done"

type recoverView struct {
	frame
	newPassword
	Action string
	// Link is the secret of the link, which the form sends back.
	Link    string
	Message string
}

// recover shows where a new password is chosen by who has a link. It changes
// nothing: programs open links in mails before people do.
func (p *Pages) recover(w http.ResponseWriter, r *http.Request) error {
	link, err := p.linkOf(r)
	if err != nil {
		return err
	}
	view, _, err := p.recoverView(r, link)
	if err != nil {
		return p.linkOver(w, r, err)
	}
	return p.printRecover(w, http.StatusOK, view)
}

// recoverNow puts the chosen password in the place of the forgotten one.
func (p *Pages) recoverNow(w http.ResponseWriter, r *http.Request) error {
	form, err := p.form(r, recovery.LinkParameter, "new-password", "confirm")
	if err != nil {
		return err
	}
	link, chosen := form.Get(recovery.LinkParameter), form.Get("new-password")
	view, personID, err := p.recoverView(r, link)
	if err != nil {
		return p.linkOver(w, r, err)
	}
	texts := p.printer(r, nil).texts
	switch {
	case chosen == "":
		view.Message, view.BadNew = texts.ChoosePassword.Missing, true
		return p.printRecover(w, http.StatusUnprocessableEntity, view)
	case chosen != form.Get("confirm"):
		view.Message, view.BadNew, view.BadConfirm = texts.ChoosePassword.Different, true, true
		// Who has a link has proven nothing else, and each estimate costs something.
		judge, err := p.Recovery.Judge(r.Context(), link)
		if err != nil {
			return err
		}
		if judge {
			if view.Strength, err = p.strength(r.Context(), texts, personID, chosen, nil); err != nil {
				return err
			}
		}
		return p.printRecover(w, http.StatusUnprocessableEntity, view)
	}
	err = p.Recovery.Redeem(r.Context(), link, chosen)
	if err == nil {
		p.Cookies.ClearSession(w)
		http.Redirect(w, r, recoveredPath, http.StatusSeeOther)
		return nil
	}
	found, status := problem.From(err), http.StatusUnprocessableEntity
	switch found.Code {
	case problem.NotFound:
		return p.linkOver(w, r, err)
	case problem.Invalid:
		view.Message, view.BadNew = p.printer(r, nil).why(err), true
		var failed error
		if view.Strength, failed = p.strength(r.Context(), texts, personID, chosen, err); failed != nil {
			return failed
		}
	case problem.Limited:
		status, view.Message = http.StatusTooManyRequests, texts.SignIn.Limited(texts.Common.Wait(found.RetryAfter))
	case problem.Unavailable:
		status, view.Message = http.StatusServiceUnavailable, texts.ChoosePassword.Busy(texts.Common.Wait(found.RetryAfter))
	default:
		return err
	}
	web.RetryAfter(w, err)
	return errors.Join(p.printRecover(w, status, view), err)
}

// recovered says how to go on.
func (p *Pages) recovered(w http.ResponseWriter, r *http.Request) error {
	return p.advise(w, r, p.printer(r, nil).texts.Recover.Done)
}

// recoverView is the page for who has a link, and whose it is; nobody else learns
// what holds for a person, or makes the server estimate anything.
func (p *Pages) recoverView(r *http.Request, link string) (view recoverView, personID string, err error) {
	found, err := p.Recovery.Look(r.Context(), link, storage.LinkRecover)
	if err != nil {
		return view, "", err
	}
	minimum, err := p.Credentials.Minimum(r.Context(), found.PersonID)
	if err != nil {
		return view, "", err
	}
	pr := p.printer(r, nil)
	pr.keeps, pr.kept = recovery.LinkParameter, link
	return recoverView{
		frame: pr.frame(pr.texts.Recover.Title, true), Action: recovery.RecoverPath, Link: link,
		newPassword: newPassword{Minimum: minimum, First: true},
	}, found.PersonID, nil
}

func (p *Pages) printRecover(w http.ResponseWriter, status int, view recoverView) error {
	view.Problem = view.Message != ""
	return view.by.print(w, status, "recover", view)
}

// linkOf is the secret in the address.
func (p *Pages) linkOf(r *http.Request) (string, error) {
	query, err := web.Query(r)
	if err != nil {
		return "", err
	}
	if len(query[recovery.LinkParameter]) > 1 {
		return "", problem.New(problem.Invalid, "The address holds two links.").Because(problem.Unreadable)
	}
	return query.Get(recovery.LinkParameter), nil
}

// linkOver shows that a link does not work, and passes other errors on.
func (p *Pages) linkOver(w http.ResponseWriter, r *http.Request, err error) error {
	if problem.From(err).Code == problem.NotFound {
		p.writeError(w, r, http.StatusNotFound, p.printer(r, nil).texts.LinkOver, 0)
	}
	return err
}
