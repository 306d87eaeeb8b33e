package pages

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/web"
)

type choosePasswordView struct {
	frame
	newPassword
	Action string
	UserID string // for password managers; may be empty
	// Lead says why a password has to be chosen, Later where to say "not now";
	// empty where that cannot be said.
	Lead, Later string
	// Message says why the last choice was refused.
	Message string
}

// choosePassword shows the page.
func (p *Pages) choosePassword(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := p.turn(w, r, flow.StepChoosePassword)
	if err != nil || !ok {
		return err
	}
	view, err := p.choosePasswordView(r, in)
	if err != nil {
		return err
	}
	return p.printChoosePassword(w, in, http.StatusOK, view)
}

// choosePasswordNow puts the chosen password in the place of the one that was
// proven.
func (p *Pages) choosePasswordNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "new-password", "confirm", "userid")
	if err != nil {
		return err
	}
	in, ok, err := p.turn(w, r, flow.StepChoosePassword)
	if err != nil || !ok {
		return err
	}
	chosen := form.Get("new-password")
	view, err := p.choosePasswordView(r, in)
	if err != nil {
		return err
	}
	texts, signedIn := p.printer(r, in).texts, in.State.SignedIn
	switch {
	case chosen == "":
		view.Message, view.BadNew = texts.ChoosePassword.Missing, true
		return p.printChoosePassword(w, in, http.StatusUnprocessableEntity, view)
	case chosen != form.Get("confirm"):
		view.Message, view.BadNew, view.BadConfirm = texts.ChoosePassword.Different, true, true
		if view.Strength, err = p.strength(ctx, texts, signedIn.PersonID, chosen, nil); err != nil {
			return err
		}
		return p.printChoosePassword(w, in, http.StatusUnprocessableEntity, view)
	}

	err = p.Credentials.ChoosePersonal(ctx, signedIn.PersonID, signedIn.PasswordVersion, chosen)
	if err == nil {
		err = p.Interactions.RecordPasswordChosen(ctx, in, signedIn.PasswordVersion+1)
		return p.recorded(w, r, in, err)
	}
	status := http.StatusUnprocessableEntity
	switch found := problem.From(err); found.Code {
	case problem.Invalid:
		view.Message, view.BadNew = p.printer(r, in).why(err), true
		var failed error
		if view.Strength, failed = p.strength(ctx, texts, signedIn.PersonID, chosen, err); failed != nil {
			return failed
		}
	case problem.Limited:
		status, view.Message = http.StatusTooManyRequests, texts.SignIn.Limited(texts.Common.Wait(found.RetryAfter))
	case problem.Unavailable:
		status = http.StatusServiceUnavailable
		view.Message = texts.ChoosePassword.Busy(texts.Common.Wait(found.RetryAfter))
	case problem.Conflict:
		return p.replaced(w, r, err)
	default:
		return err
	}
	web.RetryAfter(w, err)
	return errors.Join(p.printChoosePassword(w, in, status, view), err)
}

// replaced is for a choice that came too late: an impatient second press of the
// button, whose first press has done the work, goes on. Whoever proved a password that
// was replaced elsewhere has to prove the new one.
func (p *Pages) replaced(w http.ResponseWriter, r *http.Request, cause error) error {
	in, ok, err := p.turn(w, r, flow.StepChoosePassword)
	if err != nil || !ok {
		return err
	}
	if err := p.recorded(w, r, in, p.Interactions.StartOver(r.Context(), in, flow.AgainReplaced)); err != nil {
		return errors.Join(err, cause)
	}
	return nil
}

func (p *Pages) choosePasswordView(r *http.Request, in *flow.Interaction) (choosePasswordView, error) {
	pr := p.printer(r, in)
	minimum, err := p.Credentials.Minimum(r.Context(), in.State.SignedIn.PersonID)
	if err != nil {
		return choosePasswordView{}, err
	}
	why := pr.texts.ChoosePassword.why(in.State.SignedIn.PasswordMust)
	view := choosePasswordView{
		frame:       pr.frame(why.Title, true),
		newPassword: newPassword{Minimum: minimum, Shared: in.State.SignedIn.Shared, First: true},
		Lead:        why.Text,
		Action:      flow.PathFor(flow.StepChoosePassword, in.ID),
	}
	if mayPutOff(in.State) {
		view.Later = flow.PathFor(flow.StepRenewPassword, in.ID)
	}
	if p.UserID == nil {
		return view, nil
	}
	userID, err := p.UserID(r.Context(), in.State.SignedIn.PersonID)
	if err != nil {
		return view, fmt.Errorf("pages: %w", err)
	}
	view.UserID = userID
	return view, nil
}

func (p *Pages) printChoosePassword(w http.ResponseWriter, in *flow.Interaction, status int, view choosePasswordView) error {
	view.Problem = view.Message != ""
	web.AllowFormAction(w, in.State.Request.RedirectURI)
	return view.by.print(w, status, "choose-password", view)
}

// why is what the page is headed with, for the reasons of package credential.
func (t ChoosePasswordTexts) why(must string) Reason {
	switch must {
	case credential.MustTemporary:
		return t.First
	case credential.MustExpired:
		return t.Expired
	case credential.MustOperator:
		return t.Operator
	case credential.MustCompromised:
		return t.Compromised
	case credential.MustGuessed:
		return t.Guessed
	case credential.MustAlone:
		return t.Alone
	}
	return t.Own
}
