package oidc

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/claviger-id/claviger/oidc/fault"
)

// revoke is the endpoint of RFC 7009. A refresh token takes its grant with it,
// and so every access token of it; an access token goes alone. When a store
// fails, the client is told to come again (section 2.2.1): nothing is said to be
// revoked that is not.
func (p *Provider) revoke(w http.ResponseWriter, r *http.Request) error {
	c, form, err := p.tokenQuestion(r)
	if err != nil {
		return p.denied(r, err)
	}
	token := form.Get("token")
	if id, _, ok := p.Engine.RefreshToken(c, token); ok {
		if err := p.Grants.Revoke(r.Context(), id); err != nil {
			return err
		}
		w.WriteHeader(http.StatusOK)
		return nil
	}
	// An expired token of ours is none to revoke, and no error either.
	payload, typ, err := p.Keys.Verify(token)
	var claims AccessClaims
	if err != nil || typ != AccessTokenType || json.Unmarshal(payload, &claims) != nil {
		w.WriteHeader(http.StatusOK) // section 2.2: an invalid token is no error
		return nil
	}
	if claims.ClientID != c.ID {
		return p.denied(r, &fault.Error{ // section 2.1
			Code: fault.UnauthorizedClient, Description: "The token was issued to another client.", ClientID: c.ID,
			Cause: errors.New("oidc: revocation of another client's token"),
		})
	}
	now := p.Now()
	if until := time.Unix(claims.Expiry, 0); now.Before(until) {
		if _, err := p.Marks.Set(r.Context(), TokenMark(claims.ID), now, until); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
