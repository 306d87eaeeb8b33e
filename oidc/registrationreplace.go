package oidc

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// replaceRegistration puts another registration in the place of a client's (RFC
// 7592 section 2.2): what is not sent is as if it had never been.
func (p *Provider) replaceRegistration(w http.ResponseWriter, r *http.Request) error {
	g, id := p.Registrations, r.PathValue("id")
	token, err := g.presented(r)
	if err != nil {
		return err
	}
	told, err := g.replace(r, id, token)
	if err != nil {
		return g.refused(r, id, err)
	}
	writeJSON(w, http.StatusOK, told)
	return nil
}

func (g *Registrations) replace(r *http.Request, id, token string) (information, error) {
	ctx := r.Context()
	var (
		before storage.Client
		origin storage.Registration
	)
	if err := g.Store.View(ctx, func(tx storage.Tx) (err error) {
		before, origin, err = g.owner(r, tx, id, token)
		return err
	}); err != nil {
		return information{}, err
	}
	text, err := registrationBody(r)
	if err != nil {
		return information{}, err
	}
	c, err := g.judge(ctx, text, id, origin.Scopes, &before)
	if err != nil {
		return information{}, err
	}
	newToken, newSecret := token, ""
	if g.RotateToken {
		newToken = secret.NewToken()
	}
	err = g.Store.Tx(ctx, func(tx storage.Tx) error {
		// Something may have happened since: the token is looked at again, and
		// the version says whether the client is the one that was judged.
		if _, _, err := g.owner(r, tx, id, token); err != nil {
			return err
		}
		if !client.HasSecret(before) && client.HasSecret(c) {
			c.Secrets = nil
			newSecret = g.newSecret(&c, tx.Now())
		} else if n := len(c.Secrets); n > 0 && g.SecretLife > 0 {
			// A secret in the second half of its life gets a successor.
			if until := c.Secrets[n-1].ExpiresAt; until.IsZero() || until.Sub(tx.Now()) < g.SecretLife/2 {
				newSecret = g.newSecret(&c, tx.Now())
			}
		}
		c.UpdatedAt = tx.Now()
		err := tx.Clients().Update(ctx, c)
		if errors.Is(err, storage.ErrStale) {
			return fault.Unavailable(err)
		}
		if err != nil {
			return fmt.Errorf("oidc: registration: %w", err)
		}
		c.Version++
		if err := tx.Registrations().Rotate(ctx, id, secret.Hash(token), secret.Hash(newToken)); err != nil {
			return fmt.Errorf("oidc: registration: %w", err)
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.ClientUpdated, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "client", ID: id}, ClientID: id,
			Detail: map[string]string{"redirect_uris": strings.Join(c.RedirectURIs, " ")},
		})
	})
	if err != nil {
		return information{}, err
	}
	g.Clients.Remember(c)
	return g.inform(c, newSecret, newToken), nil
}
