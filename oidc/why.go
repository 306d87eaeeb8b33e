package oidc

import (
	"context"

	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// WordAccountInactive tells an application that the account is not one that signs in.
const WordAccountInactive = "account_inactive"

// WordFor is how applications are told of the reason for which a session or a grant
// ended: in a refresh that is refused, at the session endpoint and in the ledger. What
// an application has no business with is told as what it asks of the person: that a
// password was stolen, that somebody was suspended or has left, what a help desk did.
// Empty for a reason of which nobody has decided that it may be told.
func WordFor(reason string) string {
	switch reason {
	case string(session.ReasonCompromised):
		return string(session.ReasonPasswordMustChange)
	case string(session.ReasonSuspended), string(session.ReasonClosed):
		return WordAccountInactive
	case string(session.ReasonFactorReset):
		return string(session.ReasonFactorChanged)
	case string(session.ReasonLogout), string(session.ReasonReplaced), string(session.ReasonIdle), string(session.ReasonAbsolute),
		string(session.ReasonOperator), string(session.ReasonConcurrent), string(session.ReasonPasswordChanged), string(session.ReasonPasswordReset),
		string(session.ReasonPasswordMustChange), string(session.ReasonFactorChanged), string(session.ReasonMembership), string(session.ReasonRoles),
		string(session.ReasonAgreementWithdrawn), endedRefreshReuse, endedCodeReuse, endedRevoked, backchannel.ReasonWithdrawn, backchannel.ReasonDelegation, WordPasswordExpired:
		return reason
	}
	return ""
}

// WordPasswordExpired tells that the person has to choose another password; it ends no
// session.
const WordPasswordExpired = "password_expired"

// Because is a sentence with the word for a reason at its end, where there is one.
func Because(sentence, reason string) string {
	if word := WordFor(reason); word != "" {
		sentence += " (" + word + ")"
	}
	return sentence + "."
}

// whyEnded is why the session or the grant of an access token ended, or "" where the
// token alone is over, or nobody knows any more.
func (p *Provider) whyEnded(ctx context.Context, c AccessClaims) string {
	reason, err := p.Sessions.WhyEnded(ctx, c.Session)
	if err == nil && reason == "" && c.Grant != "" {
		err = p.Store.View(ctx, func(tx storage.Tx) error {
			grant, err := tx.Grants().Get(ctx, c.Grant)
			reason = grant.EndReason
			return err
		})
	}
	if err != nil {
		return "" // that it is over is certain, and all that has to be said
	}
	return reason
}
