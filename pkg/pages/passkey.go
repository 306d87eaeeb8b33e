package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/problem"
)

// passkeyForm is a form that the script of passkeys shows and sends. Without the
// script it is hidden, and the page says what else there is.
type passkeyForm struct {
	// Script is the module.
	Script string
	// Kind is what the form does: create, get, or autofill, which also offers
	// passkeys in the field for the User ID.
	Kind, Action      string
	Options, Ceremony string
}

func (p *Pages) passkeyForm(kind, action string, asked factor.Asked) *passkeyForm {
	return &passkeyForm{
		Script: p.press().assets.Path("passkey.js"), Kind: kind, Action: action, Options: string(asked.Options), Ceremony: asked.Token,
	}
}

// methods are RFC 8176's of a passkey, which has verified its user.
func methods(proven factor.Proven) []string {
	key := flow.AMRHardware
	if proven.Copied {
		key = flow.AMRSoftware
	}
	return []string{key, flow.AMRUser, flow.AMRMultiple}
}

// passkeyProblem is what to say of a passkey that did not do, and with which status;
// err is returned for what is to be said elsewhere.
func (p *Pages) passkeyProblem(r *http.Request, in *flow.Interaction, cause error) (status int, message string, err error) {
	texts := p.printer(r, in).texts
	switch found := problem.From(cause); found.Code {
	case problem.Unauthenticated, problem.Invalid:
		return http.StatusUnprocessableEntity, texts.Passkey.Wrong, nil
	case problem.Conflict:
		return http.StatusUnprocessableEntity, texts.Passkey.Late, nil
	case problem.Limited:
		return http.StatusTooManyRequests, texts.SignIn.Limited(texts.Common.Wait(found.RetryAfter)), nil
	}
	return 0, "", errors.Join(cause)
}
