package pages

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

const (
	changePasswordPath = "/change-password"
	changedPath        = "/change-password/done"
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
	current, ok, err := p.signedIn(w, r, p.printer(r, nil).texts.ChangePassword.SignInFirst)
	if err != nil || !ok {
		return err
	}
	view, err := p.changePasswordView(r, current)
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
	current, ok, err := p.signedIn(w, r, p.printer(r, nil).texts.ChangePassword.SignInFirst)
	if err != nil || !ok {
		return err
	}
	view, err := p.changePasswordView(r, current)
	if err != nil {
		return err
	}
	texts := p.printer(r, nil).texts
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
	err = p.Credentials.Change(ctx, credential.OwnChange{
		PersonID: current.PersonID, Current: form.Get("current-password"), Chosen: chosen, Device: p.Cookies.Device(r),
	})
	if err == nil && view.Others {
		err = p.Sessions.EndOthers(ctx, current.PersonID, current.ID, session.ReasonPasswordChanged)
	}
	if err == nil {
		http.Redirect(w, r, changedPath, http.StatusSeeOther)
		return nil
	}
	found, status := problem.From(err), http.StatusUnprocessableEntity
	wait := texts.Common.Wait(found.RetryAfter)
	switch found.Code {
	case problem.Unauthenticated:
		view.Message, view.BadCurrent = texts.ChangePassword.WrongCurrent, true
	case problem.Invalid:
		view.Message, view.BadNew = p.printer(r, nil).why(err), true
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

// changed says that it was done.
func (p *Pages) changed(w http.ResponseWriter, r *http.Request) error {
	return p.advise(w, r, p.printer(r, nil).texts.ChangePassword.Done)
}

// signedIn is the live session of the browser. Where there is none, the person has
// been given that advice.
func (p *Pages) signedIn(w http.ResponseWriter, r *http.Request, first Advice) (current storage.Session, ok bool, err error) {
	current, err = p.Sessions.Resolve(r.Context(), p.Cookies.Session(r))
	if errors.Is(err, storage.ErrNotFound) {
		p.writeError(w, r, http.StatusForbidden, first, 0)
		return current, false, nil
	}
	return current, err == nil, err
}

func (p *Pages) changePasswordView(r *http.Request, current storage.Session) (changePasswordView, error) {
	pr := p.printer(r, nil)
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
