package pages

import "net/http"

type recoveryCodesView struct {
	frame
	Codes []string
	// Continue leads on.
	Continue string
}

// printRecoveryCodes shows recovery codes, once: they are stored nowhere.
func (p *Pages) printRecoveryCodes(w http.ResponseWriter, r *http.Request, codes []string, next string) error {
	pr := p.printer()
	return pr.print(w, http.StatusOK, "recovery-codes", recoveryCodesView{
		frame: pr.frame(r, p.Brand, pr.texts.RecoveryCodes.Title, false), Codes: codes, Continue: next,
	})
}
