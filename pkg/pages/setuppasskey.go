package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
)

func setUpPasskeyPath(id string) string { return flow.PathFor(flow.StepSetUpFactor, id) + "/passkey" }

// setUpPasskeyNow binds a passkey. The flow then has it used, which proves that the
// person has it: without attestation, making one proves nothing.
func (p *Pages) setUpPasskeyNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "ceremony", "answer", "name")
	if err != nil {
		return err
	}
	if shown, err := p.shownAgainAt(w, r, form.Get("ceremony")); shown || err != nil {
		return err
	}
	in, ok, err := p.turn(w, r, flow.StepSetUpFactor)
	if err != nil || !ok {
		return err
	}
	codes, err := p.Factors.BindPasskey(ctx, in.State.PersonID(), in.ID, form.Get("ceremony"), form.Get("answer"), form.Get("name"), nil)
	if err != nil {
		status, message, other := p.passkeyProblem(r, in, err)
		if other != nil {
			return other
		}
		return errors.Join(p.printSetUpFactor(w, r, in, status, message), err)
	}
	if codes == nil {
		return p.recorded(w, r, in, nil)
	}
	return p.printRecoveryCodes(w, r, in, codes, flow.ResumePath(in.ID))
}
