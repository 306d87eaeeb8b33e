package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/web"
)

func setUpTOTPPath(id string) string { return flow.PathFor(flow.StepSetUpFactor, id) + "/totp" }

type setUpTOTPView struct {
	frame
	Action string
	Offer  factor.Offer
	Back   string
	// Account says that it is one of one's own pages, and Others that other sessions
	// are to end then.
	Account, Others bool
	// Message says what was wrong with the last code.
	Message string
}

// setUpTOTP offers a secret.
func (p *Pages) setUpTOTP(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := p.turn(w, r, flow.StepSetUpFactor)
	if err != nil || !ok {
		return err
	}
	who, userID, err := p.whoseFactor(r, in)
	if err != nil {
		return err
	}
	offer, err := p.Factors.OfferTOTP(who, in.ID, userID)
	if err != nil {
		return err
	}
	return p.printSetUpTOTP(w, r, in, http.StatusOK, offer, "")
}

// setUpTOTPNow binds it with its first code, and shows the recovery codes.
func (p *Pages) setUpTOTPNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "offer", "code", "name")
	if err != nil {
		return err
	}
	if shown, err := p.shownAgainAt(w, r, form.Get("offer")); shown || err != nil {
		return err
	}
	in, ok, err := p.turn(w, r, flow.StepSetUpFactor)
	if err != nil || !ok {
		return err
	}
	who, userID, err := p.whoseFactor(r, in)
	if err != nil {
		return err
	}
	at := p.Interactions.Now()
	codes, err := p.Factors.BindTOTP(ctx, who, in.ID, form.Get("offer"), form.Get("code"), form.Get("name"))
	switch problem.From(err).Code {
	case problem.Invalid:
		offer, again := p.Factors.Again(who, in.ID, userID, form.Get("offer"))
		if again != nil {
			return again
		}
		return errors.Join(p.printSetUpTOTP(w, r, in, http.StatusUnprocessableEntity, offer, p.printer(r, in).texts.SetUpTOTP.Wrong), err)
	case problem.Conflict: // it is over, or a second press of the button
		p.resume(w, r, in.ID)
		return err
	}
	if err != nil {
		return err
	}
	if err := p.Interactions.RecordFactor(ctx, in, at, flow.AMROneTime); err != nil {
		return p.recorded(w, r, in, err)
	}
	if codes == nil {
		return p.recorded(w, r, in, nil)
	}
	return p.printRecoveryCodes(w, r, in, codes, flow.ResumePath(in.ID))
}

// whoseFactor is who stands behind the interaction, and their User ID.
func (p *Pages) whoseFactor(r *http.Request, in *flow.Interaction) (personID, userID string, err error) {
	personID = in.State.PersonID()
	if p.UserID != nil {
		userID, err = p.UserID(r.Context(), personID)
	}
	return personID, userID, err
}

func (p *Pages) printSetUpTOTP(w http.ResponseWriter, r *http.Request, in *flow.Interaction, status int, offer factor.Offer, message string) error {
	pr := p.printer(r, in)
	pr.fleeting = true // another page would offer another secret
	view := setUpTOTPView{
		frame: pr.frame(pr.texts.SetUpTOTP.Title, true), Action: setUpTOTPPath(in.ID), Offer: offer,
		Back: flow.PathFor(flow.StepSetUpFactor, in.ID), Message: message,
	}
	view.Problem = message != ""
	web.AllowFormAction(w, in.State.Request.RedirectURI)
	return pr.print(w, status, "set-up-totp", view)
}
