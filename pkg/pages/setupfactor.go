package pages

import (
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/web"
)

type setUpFactorView struct {
	frame
	Passkey *passkeyForm
	// TOTP leads to setting up an application; empty where that is not enough.
	TOTP string
	// Message says what was wrong with the last attempt.
	Message string
}

// setUpFactor says that a second factor is needed, and which there are. Passkeys
// come first: NIST SP 800-63B-4 section 2.2.2 has them offered.
func (p *Pages) setUpFactor(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := p.turn(w, r, flow.StepSetUpFactor)
	if err != nil || !ok {
		return err
	}
	return p.printSetUpFactor(w, r, in, http.StatusOK, "")
}

func (p *Pages) printSetUpFactor(w http.ResponseWriter, r *http.Request, in *flow.Interaction, status int, message string) error {
	pr := p.printer(r, in)
	view := setUpFactorView{frame: pr.frame(pr.texts.SetUpFactor.Title, true), Message: message}
	view.Problem = message != ""
	if p.Factors.Passkeys != nil {
		who, userID, err := p.whoseFactor(r, in)
		if err != nil {
			return err
		}
		asked, err := p.Factors.OfferPasskey(r.Context(), who, in.ID, userID)
		if err != nil {
			return err
		}
		view.Passkey = p.passkeyForm("create", setUpPasskeyPath(in.ID), asked)
	}
	if !in.State.NeedsPasskey() {
		view.TOTP = setUpTOTPPath(in.ID)
	}
	web.AllowFormAction(w, in.State.Request.RedirectURI)
	return pr.print(w, status, "set-up-factor", view)
}
