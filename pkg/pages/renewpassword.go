package pages

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

type renewPasswordView struct {
	frame
	Action string
	// Lead says when the password expires, or that it is old.
	Lead string
	// Soon says that "later" will not do for much longer.
	Soon bool
}

// renewPassword asks whether to change an ageing password now or later.
func (p *Pages) renewPassword(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := p.turn(w, r, flow.StepRenewPassword)
	if err != nil || !ok {
		return err
	}
	pr := p.printer(r, in)
	texts := pr.texts.RenewPassword
	view := renewPasswordView{
		frame: pr.frame(texts.Title, true), Action: flow.PathFor(flow.StepRenewPassword, in.ID), Lead: texts.Old,
	}
	if expires := in.State.SignedIn.PasswordExpires; !expires.IsZero() {
		const day = 24 * time.Hour
		left := expires.Sub(in.State.SignedIn.AuthTime)
		view.Lead, view.Soon = texts.Expires(int(left/day)), left <= day
	}
	web.AllowFormAction(w, in.State.Request.RedirectURI)
	return pr.print(w, http.StatusOK, "renew-password", view)
}

// renewPasswordNow records the answer. Who began to choose a password may still
// say "later".
func (p *Pages) renewPasswordNow(w http.ResponseWriter, r *http.Request) error {
	form, err := p.form(r, "answer")
	if err != nil {
		return err
	}
	in, ok, err := p.turn(w, r, flow.StepRenewPassword, flow.StepChoosePassword)
	if err != nil || !ok {
		return err
	}
	if !mayPutOff(in.State) {
		p.resume(w, r, in.ID)
		return nil
	}
	answer := flow.RenewNow
	if form.Get("answer") == string(flow.RenewLater) {
		answer = flow.RenewLater
		who := in.State.SignedIn
		err := p.Credentials.Postpone(r.Context(), who.PersonID, who.PasswordVersion)
		if err != nil && !errors.Is(err, storage.ErrStale) { // it was changed elsewhere: all the better
			return fmt.Errorf("pages: %w", err)
		}
	}
	return p.recorded(w, r, in, p.Interactions.RecordRenewal(r.Context(), in, answer))
}

// mayPutOff says that the person was asked, and not told, to change the password.
func mayPutOff(s flow.State) bool {
	return s.SignedIn != nil && s.SignedIn.PasswordMay && s.SignedIn.PasswordMust == ""
}
