package oidc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// maxRegistration is the largest registration, in bytes.
const maxRegistration = 64 << 10

// register is the client registration endpoint (RFC 7591 section 3, OpenID
// Connect Dynamic Client Registration section 3).
func (p *Provider) register(w http.ResponseWriter, r *http.Request) error {
	g := p.Registrations
	if err := g.admit(r); err != nil {
		return err
	}
	told, err := g.register(r)
	if err != nil {
		return g.denied(r, "", err)
	}
	writeJSON(w, http.StatusCreated, told)
	return nil
}

func (g *Registrations) register(r *http.Request) (information, error) {
	ctx := r.Context()
	initial, err := g.initial(r)
	if err != nil {
		return information{}, err
	}
	text, err := registrationBody(r)
	if err != nil {
		return information{}, err
	}
	c, err := g.judge(ctx, text, ownedPrefix+secret.NewID(), initial.Scopes, nil)
	if err != nil {
		return information{}, err
	}
	token, newSecret := secret.NewToken(), ""
	err = g.Store.Tx(ctx, func(tx storage.Tx) error {
		c.CreatedAt, c.UpdatedAt, c.Version = tx.Now(), tx.Now(), 1
		if c.Secrets = nil; client.HasSecret(c) {
			newSecret = g.newSecret(&c, tx.Now())
		}
		return g.store(ctx, tx, c, initial, token)
	})
	if err != nil {
		return information{}, err
	}
	g.Clients.Remember(c)
	return g.inform(c, newSecret, token), nil
}

// initial returns the initial access token of the request; the zero value where
// anybody may register.
func (g *Registrations) initial(r *http.Request) (found storage.InitialToken, err error) {
	ctx := r.Context()
	token, err := bearer(r)
	if err != nil {
		return storage.InitialToken{}, err
	}
	if token == "" {
		if g.Open {
			return storage.InitialToken{}, nil
		}
		return storage.InitialToken{}, &fault.Error{ // RFC 6750 section 3.1
			Code: fault.InvalidToken, Description: "Registration needs an initial access token.", Challenge: `Bearer realm="claviger"`,
		}
	}
	err = g.Store.View(ctx, func(tx storage.Tx) error {
		found, err = tx.InitialTokens().ByHash(ctx, secret.Hash(token))
		return err
	})
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return storage.InitialToken{}, unusable()
	case err != nil:
		return storage.InitialToken{}, fmt.Errorf("oidc: registration: %w", err)
	case found.Uses >= found.MaxUses || !found.ExpiresAt.After(g.Now()) || !found.RevokedAt.IsZero():
		return storage.InitialToken{}, unusable()
	}
	return found, nil
}

func unusable() *fault.Error {
	return badToken("The initial access token is not known, is used up, has expired or was revoked.", nil)
}

// store uses up the initial access token and adds the client: both, or neither.
func (g *Registrations) store(ctx context.Context, tx storage.Tx, c storage.Client, initial storage.InitialToken, token string) error {
	who := audit.Actor{Type: "client", ID: c.ID}
	if initial.ID != "" {
		err := tx.InitialTokens().Use(ctx, initial.ID, tx.Now())
		if errors.Is(err, storage.ErrUsed) {
			return unusable()
		}
		if err != nil {
			return fmt.Errorf("oidc: registration: %w", err)
		}
		if err := audit.Record(ctx, tx, audit.Event{
			Kind: audit.InitialTokenUsed, Outcome: audit.OutcomeAllow, Actor: who, ClientID: c.ID, Detail: map[string]string{"initial_token": initial.ID},
		}); err != nil {
			return err
		}
	}
	if err := tx.Registrations().Lock(ctx); err != nil {
		return fmt.Errorf("oidc: registration: %w", err)
	}
	n, err := tx.Registrations().Count(ctx)
	if err != nil {
		return fmt.Errorf("oidc: registration: %w", err)
	}
	if n >= g.MaxClients {
		return fault.Unavailable(fmt.Errorf("oidc: registration.max_clients: %d clients have registered themselves", n))
	}
	if err := tx.Clients().Insert(ctx, c); err != nil {
		return fmt.Errorf("oidc: registration: %w", err)
	}
	if err := tx.Registrations().Insert(ctx, storage.Registration{
		ClientID: c.ID, TokenSHA256: secret.Hash(token), InitialToken: initial.ID, Scopes: initial.Scopes, RegisteredAt: tx.Now(), UsedAt: tx.Now(),
	}); err != nil {
		return fmt.Errorf("oidc: registration: %w", err)
	}
	return audit.Record(ctx, tx, audit.Event{
		Kind: audit.ClientRegistered, Outcome: audit.OutcomeAllow, Actor: who, ClientID: c.ID,
		Detail: map[string]string{"redirect_uris": strings.Join(c.RedirectURIs, " ")},
	})
}

// registrationBody reads the body, which is JSON (RFC 7591 section 3.1).
func registrationBody(r *http.Request) ([]byte, error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, fault.New(fault.InvalidClientMetadata, "The body has to be application/json.")
	}
	text, err := io.ReadAll(r.Body) // which the mux has bounded
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &fault.Error{Code: fault.InvalidClientMetadata, Description: "The body is too large.", Status: http.StatusRequestEntityTooLarge, Cause: err}
	}
	if err != nil {
		return nil, &fault.Error{Code: fault.InvalidClientMetadata, Description: "The body cannot be read.", Cause: err}
	}
	return text, nil
}
