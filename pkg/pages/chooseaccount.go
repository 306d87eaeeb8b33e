package pages

import (
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/web"
)

type chooseAccountView struct {
	frame
	Action string
	// Application is who asks; empty for a page of ours.
	Application string
	// UserID is who is signed in; may be empty. Session is theirs: who goes on does so
	// as whom they were shown, and not as somebody who signed in meanwhile.
	UserID, Session string
}

// chooseAccount asks whether to go on as who is signed in (OpenID Connect Core section
// 3.1.2.1, prompt=select_account). Who said that they are somebody else, and comes back
// to the page, may think again.
func (p *Pages) chooseAccount(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := p.load(w, r, false)
	if err != nil || !ok {
		return err
	}
	if err := p.facts(r, &in); err != nil {
		return err
	}
	if in.State.Refused || !in.State.MayChooseAccount() {
		p.resume(w, r, in.ID)
		return nil
	}
	pr := p.printer(r, &in)
	view := chooseAccountView{
		frame: pr.frame(pr.texts.ChooseAccount.Title, true), Action: flow.PathFor(flow.StepChooseAccount, in.ID),
		Application: in.State.Request.ClientName, Session: in.State.Session.ID,
	}
	if p.UserID != nil {
		if view.UserID, err = p.UserID(r.Context(), in.State.Session.PersonID); err != nil {
			return err
		}
	}
	web.AllowFormAction(w, in.State.Request.RedirectURI)
	return pr.print(w, http.StatusOK, "choose-account", view)
}

// chooseAccountNow records the answer. That it is somebody else may be said at any
// step, by whoever reads there who is signed in.
func (p *Pages) chooseAccountNow(w http.ResponseWriter, r *http.Request) error {
	form, err := p.form(r, "answer", "session", "cancel")
	if err != nil {
		return err
	}
	in, ok, err := p.load(w, r, false)
	if err != nil || !ok {
		return err
	}
	if err := p.facts(r, &in); err != nil {
		return err
	}
	ctx, shown := r.Context(), form.Get("session")
	switch {
	case in.State.Refused: // no is no
	case form.Has("cancel"):
		return p.recorded(w, r, &in, p.Interactions.RecordRefusal(ctx, &in))
	case form.Get("answer") == "another":
		return p.recorded(w, r, &in, p.Interactions.RecordAccount(ctx, &in, ""))
	case in.State.MayChooseAccount() && shown == in.State.Session.ID:
		return p.recorded(w, r, &in, p.Interactions.RecordAccount(ctx, &in, shown))
	}
	p.resume(w, r, in.ID)
	return nil
}
