package pages

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

const (
	changePasswordPath = accountPath + "/password"
	changedPath        = changePasswordPath + "/done"
	// oldPasswordPath is where the page was before, and wellKnownPath where password
	// managers look for it (W3C, A Well-Known URL for Changing Passwords).
	oldPasswordPath = "/change-password"
	wellKnownPath   = "/.well-known/change-password"
)

type changePasswordView struct {
	frame
	newPassword
	Action string
	UserID string // for password managers; may be empty
	// Others says that other sessions are to end.
	Others     bool
	Message    string
	BadCurrent bool
}

// changePassword shows where somebody who is signed in changes the password.
func (p *Pages) changePassword(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, changePasswordPath)
	if err != nil || !ok {
		return err
	}
	wait, err := p.Credentials.NextChange(r.Context(), current.PersonID)
	if err != nil {
		return err
	}
	if wait > 0 { // said before anything is filled in
		return pr.tooSoon(w, http.StatusOK, wait)
	}
	view, err := p.changePasswordView(r, pr, current)
	if err != nil {
		return err
	}
	view.Others = true
	return p.printChangePassword(w, http.StatusOK, view)
}

// changePasswordNow changes it.
func (p *Pages) changePasswordNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "userid", "current-password", "new-password", "confirm", "others")
	if err != nil {
		return err
	}
	pr, current, ok, err := p.visit(w, r, changePasswordPath)
	if err != nil || !ok {
		return err
	}
	view, err := p.changePasswordView(r, pr, current)
	if err != nil {
		return err
	}
	texts := pr.texts
	view.Others = form.Get("others") != ""
	chosen := form.Get("new-password")
	switch {
	case form.Get("current-password") == "":
		view.Message, view.BadCurrent = texts.ChangePassword.MissingCurrent, true
	case chosen == "":
		view.Message, view.BadNew = texts.ChoosePassword.Missing, true
	case chosen != form.Get("confirm"):
		view.Message, view.BadNew, view.BadConfirm = texts.ChoosePassword.Different, true, true
	}
	strength := func(cause error) (failed error) {
		if chosen != "" {
			view.Strength, failed = p.strength(ctx, texts, current.PersonID, chosen, cause)
		}
		return failed
	}
	if view.Message != "" {
		if err := strength(nil); err != nil {
			return err
		}
		return p.printChangePassword(w, http.StatusUnprocessableEntity, view)
	}
	if _, err := p.Sessions.Touch(ctx, current.ID); err != nil {
		return err
	}
	change := credential.OwnChange{
		PersonID: current.PersonID, Current: form.Get("current-password"), Chosen: chosen, Device: p.Cookies.Device(r),
	}
	change.With = p.owes(current, view.Others, session.ReasonPasswordChanged)
	err = p.Credentials.Change(ctx, change)
	if err == nil {
		err = p.goesOn(w, r, current, view.Others, session.ReasonPasswordChanged)
	}
	if err == nil {
		http.Redirect(w, r, changedPath, http.StatusSeeOther)
		return nil
	}
	found, status := problem.From(err), http.StatusUnprocessableEntity
	if found.Reason == problem.ChangedLately {
		return errors.Join(pr.tooSoon(w, status, found.RetryAfter), err)
	}
	wait := texts.Common.Wait(found.RetryAfter)
	switch found.Code {
	case problem.Unauthenticated:
		view.Message, view.BadCurrent = texts.ChangePassword.WrongCurrent, true
	case problem.Invalid:
		view.Message, view.BadNew = pr.why(err), true
	case problem.Limited:
		status, view.Message = http.StatusTooManyRequests, texts.SignIn.Limited(wait)
	case problem.Unavailable:
		status, view.Message = http.StatusServiceUnavailable, texts.ChoosePassword.Busy(wait)
	default:
		return err
	}
	if status == http.StatusUnprocessableEntity {
		if failed := strength(err); failed != nil {
			return failed
		}
	}
	web.RetryAfter(w, err)
	return errors.Join(p.printChangePassword(w, status, view), err)
}

// tooSoon says when a password can be changed again, and what to do until then.
func (p *printer) tooSoon(w http.ResponseWriter, status int, wait time.Duration) error {
	texts := p.texts.ChangePassword
	return p.print(w, status, "advice", adviceView{
		frame: p.frame(texts.Title, false), Lead: texts.TooSoon(p.texts.Common.Wait(wait)), Forward: texts.TooSoonForward,
	})
}

// changed says that it was done.
func (p *Pages) changed(w http.ResponseWriter, r *http.Request) error {
	pr, _, ok, err := p.visit(w, r, changedPath)
	if err != nil || !ok {
		return err
	}
	return pr.advise(w, pr.texts.ChangePassword.Done)
}

// movedPassword leads to where the password is changed.
func (p *Pages) movedPassword(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, changePasswordPath, http.StatusSeeOther)
	return nil
}

func (p *Pages) changePasswordView(r *http.Request, pr *printer, current storage.Session) (changePasswordView, error) {
	minimum, err := p.Credentials.Minimum(r.Context(), current.PersonID)
	if err != nil {
		return changePasswordView{}, err
	}
	view := changePasswordView{
		frame: pr.frame(pr.texts.ChangePassword.Title, true), Action: changePasswordPath,
		newPassword: newPassword{Minimum: minimum, Shared: current.Shared},
	}
	if p.UserID == nil {
		return view, nil
	}
	userID, err := p.UserID(r.Context(), current.PersonID)
	if err != nil {
		return view, fmt.Errorf("pages: %w", err)
	}
	view.UserID = userID
	return view, nil
}

func (p *Pages) printChangePassword(w http.ResponseWriter, status int, view changePasswordView) error {
	view.Problem = view.Message != ""
	return view.by.print(w, status, "change-password", view)
}
