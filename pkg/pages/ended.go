package pages

import (
	"net/http"

	"github.com/claviger-id/claviger/pkg/session"
)

// ended says why the session that this browser had is over, and "" when there is
// nothing to say. Somebody else may sit at the browser now: it says no more than
// the kind.
func (p *Pages) ended(r *http.Request, t EndedTexts) (string, error) {
	why, err := p.Sessions.Why(r.Context(), p.Cookies.Session(r))
	if err != nil {
		return "", err
	}
	switch why {
	case session.ReasonIdle:
		return t.Idle, nil
	case session.ReasonAbsolute:
		return t.Absolute, nil
	case session.ReasonOperator:
		return t.Operator, nil
	case session.ReasonPasswordChanged:
		return t.Password, nil
	case session.ReasonCompromised:
		return t.Compromised, nil
	case session.ReasonConcurrent:
		return t.Concurrent, nil
	case session.ReasonMembership:
		return t.Membership, nil
	case session.ReasonRoles:
		return t.Roles, nil
	case session.ReasonPasswordReset:
		return t.PasswordReset, nil
	case session.ReasonPasswordMustChange:
		return t.PasswordMust, nil
	case session.ReasonFactorChanged:
		return t.Factor, nil
	case session.ReasonFactorReset:
		return t.FactorReset, nil
	case session.ReasonSuspended, session.ReasonClosed:
		return t.Account, nil
	case session.ReasonAgreementWithdrawn:
		return t.Agreement, nil
	case session.ReasonRefreshReuse:
		return t.Reuse, nil
	}
	return "", nil
}
