package oidc

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/storage"
)

// introspect is the endpoint of RFC 7662. A client learns of its own tokens and
// of those that are addressed to it; of any other it learns that it is not
// active, which is all that may be said (section 2.2).
func (p *Provider) introspect(w http.ResponseWriter, r *http.Request) error {
	c, form, err := p.tokenQuestion(r)
	if err != nil {
		return p.denied(r, err)
	}
	if client.Public(c) {
		return p.denied(r, &fault.Error{Code: fault.InvalidClient, Description: "A public client may not introspect tokens.", ClientID: c.ID})
	}
	told, err := p.describe(r, c, form)
	if err != nil {
		return err
	}
	if alg := c.IntrospectionAlg; alg != "" || strings.Contains(r.Header.Get("Accept"), introspectionJWT) {
		if alg == "" {
			alg = client.AlgES256
		}
		// RFC 9701 section 5.
		return p.writeJWT(w, alg, "token-introspection+jwt", introspectionJWT, map[string]any{
			"iss": p.Issuer, "aud": c.ID, "iat": p.Now().Unix(), "token_introspection": told,
		})
	}
	writeJSON(w, http.StatusOK, told)
	return nil
}

const introspectionJWT = "application/token-introspection+jwt"

// tokenQuestion reads a request about a token: RFC 7662 section 2.1, RFC 7009
// section 2.1.
func (p *Provider) tokenQuestion(r *http.Request) (storage.Client, url.Values, error) {
	form, err := clientForm(r)
	if err != nil {
		return storage.Client{}, nil, err
	}
	c, err := p.authenticate(r, form)
	if err != nil {
		return storage.Client{}, nil, err
	}
	if form.Get("token") == "" {
		return storage.Client{}, nil, fault.New(fault.InvalidRequest, "The parameter token is missing.")
	}
	return c, form, nil
}

func (p *Provider) describe(r *http.Request, c storage.Client, form url.Values) (map[string]any, error) {
	inactive := map[string]any{"active": false}
	// The hint is no more than one (section 2.1): what a token is can be seen.
	if id, generation, ok := p.Engine.RefreshToken(c, form.Get("token")); ok {
		return p.describeRefresh(r, c, id, generation)
	}
	a, err := p.Access.Access(r.Context(), form.Get("token"))
	var refused *fault.Error
	if errors.As(err, &refused) {
		return inactive, nil
	}
	if err != nil {
		return nil, err
	}
	if a.ClientID != c.ID && !Addressed(c, a.Audience) {
		return inactive, nil
	}
	told := map[string]any{
		"active": true, "iss": a.Issuer, "sub": a.Subject, "aud": a.Audience, "client_id": a.ClientID, "exp": a.Expiry, "iat": a.IssuedAt,
		"jti": a.ID, "token_type": TypeBearer,
	}
	if a.Scope != "" {
		told["scope"] = a.Scope
	}
	if a.AuthTime > 0 { // RFC 9470 section 6.2
		told["auth_time"], told["acr"] = a.AuthTime, a.ACR
	}
	if a.Session != "" {
		told["sid"] = a.Session
	}
	if a.Confirmation != nil {
		told["cnf"] = a.Confirmation
		if a.Confirmation.JKT != "" {
			told["token_type"] = TypeDPoP
		}
	}
	if a.Actor != nil {
		told["act"] = a.Actor
	}
	if a.Delegation != nil {
		told["delegation"] = a.Delegation
	}
	return told, nil
}

func (p *Provider) describeRefresh(r *http.Request, c storage.Client, id string, generation int64) (map[string]any, error) {
	inactive := map[string]any{"active": false}
	var g storage.Grant
	err := p.Store.View(r.Context(), func(tx storage.Tx) (err error) {
		if g, err = tx.Grants().Get(r.Context(), id); err != nil || g.Detail.Acting == nil {
			return err
		}
		_, err = p.Grants.Acts(r.Context(), tx, c, g)
		return err
	})
	var over *fault.Error
	if errors.As(err, &over) {
		return inactive, nil
	}
	if errors.Is(err, storage.ErrNotFound) {
		return inactive, nil
	}
	if err != nil {
		return nil, err
	}
	if !Lives(g, p.Now()) || g.Generation != generation || g.ClientID != c.ID {
		return inactive, nil
	}
	if !g.Offline {
		_, err := p.Sessions.Alive(r.Context(), g.SessionID)
		if errors.Is(err, storage.ErrNotFound) {
			return inactive, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return map[string]any{
		"active": true, "iss": p.Issuer, "client_id": g.ClientID, "scope": strings.Join(g.Scopes, " "),
		"exp": g.ExpiresAt.Unix(), "iat": g.RotatedAt.Unix(), "token_type": "refresh_token",
	}, nil
}
