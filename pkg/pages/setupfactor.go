package pages

import (
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/web"
)

type setUpFactorView struct {
	frame
	// TOTP leads to setting up an application; empty where that is not enough.
	TOTP string
}

// setUpFactor says that a second factor is needed, and which there are.
func (p *Pages) setUpFactor(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := p.turn(w, r, flow.StepSetUpFactor)
	if err != nil || !ok {
		return err
	}
	pr := p.printer(r, in)
	view := setUpFactorView{frame: pr.frame(pr.texts.SetUpFactor.Title, true)}
	view.TOTP = setUpTOTPPath(in.ID)
	web.AllowFormAction(w, in.State.Request.RedirectURI)
	return pr.print(w, http.StatusOK, "set-up-factor", view)
}
