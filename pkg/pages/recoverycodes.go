package pages

import (
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
)

type recoveryCodesView struct {
	frame
	Codes []string
	// Continue leads on.
	Continue string
}

// printRecoveryCodes shows recovery codes, once: they are stored nowhere.
func (p *Pages) printRecoveryCodes(w http.ResponseWriter, r *http.Request, in *flow.Interaction, codes []string, next string) error {
	pr := p.printer(r, in)
	pr.fleeting = true
	return pr.print(w, http.StatusOK, "recovery-codes", recoveryCodesView{
		frame: pr.frame(pr.texts.RecoveryCodes.Title, false), Codes: codes, Continue: next,
	})
}
