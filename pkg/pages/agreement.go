package pages

import (
	"html/template"
	"net/http"
	"slices"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/markdown"
	"github.com/claviger-id/claviger/pkg/web"
)

type agreementView struct {
	frame
	Action                      string
	Audience, Version, Language string
	// Body is the whole text.
	Body template.HTML
	// Later says until when it may be put off; empty when it may not.
	Later   string
	Message string
}

type declinedView struct {
	frame
	Continue string
}

// agreement shows the Use Agreement and asks whether the person accepts it.
func (p *Pages) agreement(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := p.turn(w, r, flow.StepAgreement)
	if err != nil || !ok {
		return err
	}
	return p.printAgreement(w, r, in, http.StatusOK, "")
}

func (p *Pages) printAgreement(w http.ResponseWriter, r *http.Request, in *flow.Interaction, status int, message string) error {
	due, err := p.Agreements.Due(r.Context(), in.State.PersonID())
	if err != nil {
		return err
	}
	if len(due) == 0 { // accepted a moment ago
		p.resume(w, r, in.ID)
		return nil
	}
	pr, first := p.printer(r, in), due[0]
	texts := pr.texts.Agreement
	language := first.Languages[0]
	if slices.Contains(first.Languages, pr.texts.Lang) {
		language = pr.texts.Lang
	}
	text, err := p.Agreements.Text(r.Context(), first.Audience, first.Version, language)
	if err != nil {
		return err
	}
	view := agreementView{
		frame: pr.frame(texts.Title, false), Action: flow.PathFor(flow.StepAgreement, in.ID),
		Audience: first.Audience, Version: first.Version, Language: language, Message: message,
	}
	if view.Body, err = markdown.HTML(text.Text); err != nil {
		return err
	}
	view.Problem = message != ""
	if in.State.MayPutOff() {
		view.Later = texts.Later(first.Until)
	}
	if to := in.State.Request.RedirectURI; to != "" {
		web.AllowFormAction(w, to)
	}
	return pr.print(w, status, "agreement", view)
}

// agreementNow records the answer.
func (p *Pages) agreementNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "answer", "accept", "audience", "version", "language")
	if err != nil {
		return err
	}
	in, ok, err := p.turn(w, r, flow.StepAgreement)
	if err != nil || !ok {
		return err
	}
	answer := agreement.Answer{
		PersonID: in.State.PersonID(), Audience: form.Get("audience"), Version: form.Get("version"), Language: form.Get("language"), InteractionID: in.ID,
	}
	if in.State.SignedIn == nil {
		answer.SessionID = in.State.Session.ID
	}
	due, err := p.Agreements.Due(ctx, answer.PersonID)
	if err != nil {
		return err
	}
	// What was shown is what is answered: a version that came meanwhile, or one that
	// was accepted in another tab, is looked at again.
	if !slices.ContainsFunc(due, func(d agreement.Due) bool {
		return d.Audience == answer.Audience && d.Version == answer.Version && slices.Contains(d.Languages, answer.Language)
	}) {
		p.resume(w, r, in.ID)
		return nil
	}
	switch form.Get("answer") {
	case "accept":
		if form.Get("accept") == "" {
			return p.printAgreement(w, r, in, http.StatusUnprocessableEntity, p.printer(r, in).texts.Agreement.Missing)
		}
		if err := p.Agreements.Accept(ctx, answer); err != nil {
			return err
		}
		p.resume(w, r, in.ID)
		return nil
	case "later":
		if !in.State.MayPutOff() {
			p.resume(w, r, in.ID)
			return nil
		}
		if err := p.Agreements.Postpone(ctx, answer); err != nil {
			return err
		}
		return p.recorded(w, r, in, p.Interactions.RecordAgreementLater(ctx, in))
	}
	// Anything but a button that says yes is a no.
	if err := p.Agreements.Decline(ctx, answer); err != nil {
		return err
	}
	if err := p.Interactions.RecordRefusal(ctx, in); err != nil {
		return p.recorded(w, r, in, err)
	}
	http.Redirect(w, r, flow.PathFor(flow.StepAgreement, in.ID)+"/declined", http.StatusSeeOther)
	return nil
}

// declined says what follows from a no, before the application hears of it.
func (p *Pages) declined(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := p.load(w, r, false)
	if err != nil || !ok {
		return err
	}
	if !in.State.Refused {
		p.resume(w, r, in.ID)
		return nil
	}
	pr := p.printer(r, &in)
	return pr.print(w, http.StatusOK, "agreement-declined", declinedView{
		frame: pr.frame(pr.texts.Agreement.DeclinedTitle, false), Continue: flow.ResumePath(in.ID),
	})
}
