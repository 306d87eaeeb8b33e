package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/web"
)

func signInPasskeyPath(id string) string { return flow.PathFor(flow.StepSignIn, id) + "/passkey" }

// signInPasskeyNow signs in with a passkey alone: it has verified its user, which
// makes two factors of it (NIST SP 800-63B-4 section 3.1.7).
func (p *Pages) signInPasskeyNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "ceremony", "answer", "shared")
	if err != nil {
		return err
	}
	loaded, ok, err := p.load(w, r, true)
	if err != nil || !ok {
		return err
	}
	in := &loaded
	if in.State.Refused {
		p.resume(w, r, in.ID)
		return nil
	}
	shared := form.Get("shared") != ""
	proven, err := p.Factors.VerifyPasskey(ctx, "", in.ID, form.Get("ceremony"), form.Get("answer"))
	if err != nil {
		status, message, other := p.passkeyProblem(r, in, err)
		if other != nil {
			return other
		}
		view, another := p.signInView(r, in)
		if another != nil {
			return another
		}
		view.Shared, view.Message = shared, message
		web.RetryAfter(w, err)
		return errors.Join(p.printSignIn(w, in, status, view), err)
	}
	return p.recorded(w, r, in, p.Interactions.RecordSignIn(ctx, in, flow.SignedIn{
		PersonID: proven.PersonID, Subject: proven.Subject, AMR: methods(proven), AuthTime: proven.At,
		Shared: shared, Passwordless: true,
	}))
}
