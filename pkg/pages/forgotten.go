package pages

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/web"
)

// The pages of who has forgotten something. The answer has an address of its own,
// the same for everybody.
const (
	forgotPasswordPath = "/forgot-password"
	forgotUserIDPath   = "/forgot-user-id"
	askedPath          = "/asked"
)

// forgottenView is the question for one thing that is still known.
type forgottenView struct {
	frame
	Action, Lead, Label, Submit string
	// Name, Type and Autocomplete are those of the field.
	Name, Type, Autocomplete string
	Value, Message           string
	// Other leads to the page for who has forgotten the other thing.
	Other, OtherText string
	// HelpDesk says what else there is.
	HelpDesk string
}

func (p *Pages) forgotPasswordView(r *http.Request) forgottenView {
	pr := p.printer(r, nil)
	t := pr.texts.Forgotten
	return forgottenView{
		frame: pr.frame(t.Password.Title, false), Action: forgotPasswordPath, Lead: t.Password.Text, Label: t.Password.Label, Submit: t.Password.Submit,
		Name: "userid", Type: "text", Autocomplete: "username", Other: forgotUserIDPath, OtherText: t.Password.Other, HelpDesk: t.HelpDesk,
	}
}

func (p *Pages) forgotUserIDView(r *http.Request) forgottenView {
	pr := p.printer(r, nil)
	t := pr.texts.Forgotten
	return forgottenView{
		frame: pr.frame(t.UserID.Title, false), Action: forgotUserIDPath, Lead: t.UserID.Text, Label: t.UserID.Label, Submit: t.UserID.Submit,
		Name: "email", Type: "email", Autocomplete: "email", Other: forgotPasswordPath, OtherText: t.UserID.Other, HelpDesk: t.HelpDesk,
	}
}

// forgotPassword asks for the User ID.
func (p *Pages) forgotPassword(w http.ResponseWriter, r *http.Request) error {
	return p.printer(r, nil).print(w, http.StatusOK, "forgotten", p.forgotPasswordView(r))
}

// forgotPasswordNow has a link mailed, if there is somebody to mail it to.
func (p *Pages) forgotPasswordNow(w http.ResponseWriter, r *http.Request) error {
	return p.ask(w, r, p.forgotPasswordView(r), p.Recovery.AskPassword)
}

// forgotUserID asks for the address.
func (p *Pages) forgotUserID(w http.ResponseWriter, r *http.Request) error {
	return p.printer(r, nil).print(w, http.StatusOK, "forgotten", p.forgotUserIDView(r))
}

// forgotUserIDNow has the User ID mailed.
func (p *Pages) forgotUserIDNow(w http.ResponseWriter, r *http.Request) error {
	return p.ask(w, r, p.forgotUserIDView(r), p.Recovery.AskUserID)
}

// ask passes a question on. Whoever asks for whatever gets the same answer.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request, view forgottenView, question func(context.Context, string) error) error {
	form, err := p.form(r, view.Name)
	if err != nil {
		return err
	}
	texts := p.printer(r, nil).texts
	view.Value = shorten(strings.TrimSpace(form.Get(view.Name)), maxUserID)
	view.Problem = true
	err = question(r.Context(), form.Get(view.Name))
	found := problem.From(err)
	switch {
	case err == nil:
		http.Redirect(w, r, askedPath, http.StatusSeeOther)
		return nil
	case found.Code == problem.Invalid:
		view.Message = texts.Forgotten.Missing
		return view.by.print(w, http.StatusUnprocessableEntity, "forgotten", view)
	case found.Code == problem.Limited:
		web.RetryAfter(w, err)
		view.Message = texts.Forgotten.Limited(texts.Common.Wait(found.RetryAfter))
		return errors.Join(view.by.print(w, http.StatusTooManyRequests, "forgotten", view), err)
	}
	return err
}

type adviceView struct {
	frame
	Lead, Forward string
}

// asked says what happens now.
func (p *Pages) asked(w http.ResponseWriter, r *http.Request) error {
	return p.advise(w, r, p.printer(r, nil).texts.Forgotten.Asked)
}

// advise shows that something was done, and the way forward.
func (p *Pages) advise(w http.ResponseWriter, r *http.Request, a Advice) error {
	return p.printer(r, nil).advise(w, a)
}

func (p *printer) advise(w http.ResponseWriter, a Advice) error {
	return p.print(w, http.StatusOK, "advice", adviceView{frame: p.frame(a.Title, false), Lead: a.Text, Forward: a.Forward})
}
