package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

type recoveryCodesView struct {
	frame
	Codes []string
	// Continue leads on.
	Continue string
}

// shownAgain shows the recovery codes that came with what a form of one's account has set
// up before, to who loads the page with them again. Nobody can have proven what was set
// up just then, but has to have authenticated a short while ago. When shown is true, the
// browser was answered.
func (p *Pages) shownAgain(w http.ResponseWriter, r *http.Request, token string) (shown bool, err error) {
	current, err := p.Sessions.Resolve(r.Context(), p.Cookies.Session(r))
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	codes, err := p.Factors.CodesAgain(r.Context(), current.PersonID, current.ID, token)
	if err != nil || len(codes) == 0 {
		return false, err
	}
	request := flow.FreshRequest(accountFactorsPath, p.Sessions.Now())
	request.ACRValues = nil
	pr, _, ok, err := p.visitFor(w, r, accountFactorsPath, request)
	if err != nil || !ok {
		return true, err
	}
	return true, pr.recoveryCodes(w, codes, accountFactorsPath)
}

// shownAgainAt is the same for a form of an interaction.
func (p *Pages) shownAgainAt(w http.ResponseWriter, r *http.Request, token string) (shown bool, err error) {
	in, ok, err := p.load(w, r, false)
	if err != nil || !ok {
		return true, err
	}
	if in.State.SignedIn == nil {
		return false, nil
	}
	codes, err := p.Factors.CodesAgain(r.Context(), in.State.SignedIn.PersonID, in.ID, token)
	if err != nil || len(codes) == 0 {
		return false, err
	}
	return true, p.printRecoveryCodes(w, r, &in, codes, flow.ResumePath(in.ID))
}

// printRecoveryCodes shows recovery codes: they are stored nowhere.
func (p *Pages) printRecoveryCodes(w http.ResponseWriter, r *http.Request, in *flow.Interaction, codes []string, next string) error {
	return p.printer(r, in).recoveryCodes(w, codes, next)
}

func (p *printer) recoveryCodes(w http.ResponseWriter, codes []string, next string) error {
	p.fleeting = true
	return p.print(w, http.StatusOK, "recovery-codes", recoveryCodesView{
		frame: p.frame(p.texts.RecoveryCodes.Title, false), Codes: codes, Continue: next,
	})
}
