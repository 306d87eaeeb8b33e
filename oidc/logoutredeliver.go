package oidc

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
)

// redeliver is how an application asks to be told again.
func (p *Provider) redeliver(w http.ResponseWriter, r *http.Request) error {
	c, err := p.ledgerClient(w, r)
	if err != nil {
		return err
	}
	line, err := p.Logouts.Redeliver(r.Context(), c.ID, r.PathValue("id"), audit.Actor{Type: "client", ID: c.ID})
	var found *problem.Error
	if errors.As(err, &found) && found.Code == problem.NotFound {
		return fault.New(fault.NotFound, found.Message)
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusAccepted, p.ledgerLine(c, line))
	return nil
}
