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
	return p.printer(r, in).recoveryCodes(w, codes, next)
}

func (p *printer) recoveryCodes(w http.ResponseWriter, codes []string, next string) error {
	p.fleeting = true
	return p.print(w, http.StatusOK, "recovery-codes", recoveryCodesView{
		frame: p.frame(p.texts.RecoveryCodes.Title, false), Codes: codes, Continue: next,
	})
}
