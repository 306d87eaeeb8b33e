package oidc

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/storage"
)

// registration shows a client its registration (RFC 7592 section 2.1).
func (p *Provider) registration(w http.ResponseWriter, r *http.Request) error {
	g, id := p.Registrations, r.PathValue("id")
	token, err := g.presented(r)
	if err != nil {
		return err
	}
	var c storage.Client
	if err := g.Store.View(r.Context(), func(tx storage.Tx) error {
		c, _, err = g.owner(r, tx, id, token)
		return err
	}); err != nil {
		return g.refused(r, id, err)
	}
	writeJSON(w, http.StatusOK, g.inform(c, "", token))
	return nil
}

// presented returns the registration access token of a request.
func (*Registrations) presented(r *http.Request) (string, error) {
	token, err := bearer(r)
	if err == nil && token == "" {
		err = &fault.Error{Code: fault.InvalidToken, Description: "There is no registration access token.", Challenge: `Bearer realm="claviger"`}
	}
	return token, err
}

// refused counts what was refused against the address that it came from, so that
// the audit log cannot be flooded.
func (g *Registrations) refused(r *http.Request, id string, err error) error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return err
	}
	if limited := g.admit(r); limited != nil {
		return limited
	}
	if e.Code == fault.InvalidToken {
		id = "" // whoever that was: not shown to be the client
	}
	return g.denied(r, id, err)
}
