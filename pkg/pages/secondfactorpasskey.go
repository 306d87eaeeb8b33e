package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/web"
)

func secondFactorPasskeyPath(id string) string {
	return flow.PathFor(flow.StepSecondFactor, id) + "/passkey"
}

// secondFactorPasskeyNow takes a passkey as the second factor.
func (p *Pages) secondFactorPasskeyNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "ceremony", "answer")
	if err != nil {
		return err
	}
	in, ok, err := p.turn(w, r, flow.StepSecondFactor)
	if err != nil || !ok {
		return err
	}
	proven, err := p.Factors.VerifyPasskey(ctx, in.State.PersonID(), in.ID, form.Get("ceremony"), form.Get("answer"))
	if err == nil {
		return p.recorded(w, r, in, p.Interactions.RecordFactor(ctx, in, proven.At, methods(proven)...))
	}
	status, message, other := p.passkeyProblem(r, in, err)
	if other != nil {
		return other
	}
	view, another := p.secondFactorView(r, in)
	if another != nil {
		return another
	}
	view.Message = message
	web.RetryAfter(w, err)
	return errors.Join(p.printSecondFactor(w, in, status, view), err)
}
