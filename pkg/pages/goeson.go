package pages

import (
	"context"
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// goesOn lets the session go on in which a person has just changed what they prove
// themselves with, with another cookie: whoever has a copy of the former one is outside
// from then on (ASVS 7.2.4). The other sessions end where the person wants it, or has to
// (ASVS 7.4.3). The change is made by now, so that a browser which goes away does not
// keep this from happening.
func (p *Pages) goesOn(w http.ResponseWriter, r *http.Request, current storage.Session, others bool, reason session.Reason) error {
	ctx := context.WithoutCancel(r.Context())
	cookie, _, err := p.Sessions.Renew(ctx, current, session.Beginning{AuthTime: current.AuthTime, ACR: current.ACR, AMR: current.AMR})
	switch {
	case err == nil:
		p.Cookies.SetSession(w, cookie)
	// It has ended, or another press of the same button has brought a cookie.
	case errors.Is(err, storage.ErrNotFound), errors.Is(err, storage.ErrStale):
	default:
		return err
	}
	if !others {
		return nil
	}
	return p.Sessions.EndOthers(ctx, current.PersonID, current.ID, reason)
}

// owes notes, in the transaction of such a change, that the other sessions are to end
// where the person wants it, or has to, and then this one, too, should it not get another
// cookie. It is nil where nothing is noted.
func (p *Pages) owes(current storage.Session, others bool, reason session.Reason) func(ctx context.Context, tx storage.Tx) error {
	if p.Owe == nil || !others {
		return nil
	}
	return func(ctx context.Context, tx storage.Tx) error {
		return p.Owe(ctx, tx, current.PersonID, session.Due{Reason: reason, Keep: current.ID, Was: current.SecretHash})
	}
}
