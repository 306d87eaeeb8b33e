package oidc

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// removeRegistration removes a client, its grants and its tokens (RFC 7592
// section 2.3).
func (p *Provider) removeRegistration(w http.ResponseWriter, r *http.Request) error {
	g, id := p.Registrations, r.PathValue("id")
	token, err := g.presented(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	err = g.Store.Tx(ctx, func(tx storage.Tx) error {
		c, _, err := g.owner(r, tx, id, token)
		if err != nil {
			return err
		}
		// The mark comes first: a failure after it is tried again by the client,
		// whose tokens were to end.
		now := g.Now()
		if _, err := g.Marks.Set(ctx, ClientMark(id), now, now.Add(g.TombstoneFor)); err != nil {
			return fmt.Errorf("oidc: registration: %w", err)
		}
		err = RemoveClient(ctx, tx, c, audit.Actor{Type: "client", ID: id}, RemovedByItself)
		if errors.Is(err, storage.ErrStale) {
			return fault.Unavailable(err)
		}
		return err
	})
	if err != nil {
		return g.refused(r, id, err)
	}
	g.Clients.Forget(id)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
