package oidc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/clientkeys"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// MaxOverlap is the longest that an old secret of a client is accepted beside a new
// one.
const MaxOverlap = 90 * 24 * time.Hour

// RegisterClient adds a client in a transaction, or storage.ErrConflict. What is wrong
// with it is a client.Wrong. The reason is a code, or empty.
func RegisterClient(ctx context.Context, tx storage.Tx, c storage.Client, reason string, by audit.Actor) (storage.Client, error) {
	if wrong := client.Problems(c); len(wrong) > 0 {
		return c, client.Wrong(wrong)
	}
	c.CreatedAt, c.UpdatedAt, c.Version = tx.Now(), tx.Now(), 1
	if err := tx.Clients().Insert(ctx, c); err != nil {
		return c, fmt.Errorf("oidc: client: %w", err)
	}
	return c, recordClient(ctx, tx, audit.ClientRegistered, c, reason, by)
}

// ChangeClient puts a registration in the place of the former one, in a transaction, or
// storage.ErrStale. The reason is a code, or empty.
func ChangeClient(ctx context.Context, tx storage.Tx, former, c storage.Client, reason string, by audit.Actor) (storage.Client, error) {
	c.Version, c.CreatedAt, c.UpdatedAt = former.Version, former.CreatedAt, tx.Now()
	if wrong := client.Problems(c); len(wrong) > 0 {
		return c, client.Wrong(wrong)
	}
	if err := tx.Clients().Update(ctx, c); err != nil {
		return c, fmt.Errorf("oidc: client: %w", err)
	}
	c.Version++
	return c, recordClient(ctx, tx, audit.ClientUpdated, c, reason, by)
}

func recordClient(ctx context.Context, tx storage.Tx, kind audit.Kind, c storage.Client, reason string, by audit.Actor) error {
	return audit.Record(ctx, tx, audit.Event{
		Kind: kind, Outcome: audit.OutcomeAllow, Reason: reason, Actor: by, ClientID: c.ID, Detail: map[string]string{"redirect_uris": strings.Join(c.RedirectURIs, " ")},
	})
}

// RotateClientSecret gives a client another secret, by its hash, in a transaction. The
// one before is accepted for the overlap, of at most MaxOverlap, and any other no more.
func RotateClientSecret(ctx context.Context, tx storage.Tx, c storage.Client, hash []byte, overlap time.Duration, reason string, by audit.Actor) (storage.Client, error) {
	switch {
	case !client.HasSecret(c):
		return c, problem.New(problem.Conflict, "The application "+c.ID+" has no secret.")
	case overlap < 0 || overlap > MaxOverlap:
		return c, problem.New(problem.Invalid, "The overlap is at most 90 days.")
	}
	next := []storage.ClientSecret{{SHA256: hash}}
	if n := len(c.Secrets); n > 0 && overlap > 0 {
		old, until := c.Secrets[n-1], tx.Now().Add(overlap)
		if old.ExpiresAt.IsZero() || old.ExpiresAt.After(until) {
			old.ExpiresAt = until
		}
		next = []storage.ClientSecret{old, next[0]}
	}
	c.Secrets, c.UpdatedAt = next, tx.Now()
	if err := tx.Clients().Update(ctx, c); err != nil {
		return c, fmt.Errorf("oidc: client: %w", err)
	}
	c.Version++
	return c, audit.Record(ctx, tx, audit.Event{
		Kind: audit.ClientUpdated, Outcome: audit.OutcomeAllow, Reason: reason, Actor: by, ClientID: c.ID, Detail: map[string]string{"secret": "rotated"},
	})
}

// Registry is how operators keep the applications. It is safe for concurrent use.
type Registry struct {
	Store storage.Store
	// Clients is what this process knows of them; it follows at once.
	Clients *Clients
	// Fetch fetches the sectors of clients.
	Fetch clientkeys.Fetcher
	// May says whether who asks may have an application be so; nil: always. A nil
	// former one is none.
	May func(ctx context.Context, tx storage.Tx, former *storage.Client, next storage.Client) error
}

// ErrNoClient says that nobody registered an application, or that it was removed.
var ErrNoClient = problem.New(problem.NotFound, "There is no application with this ID.")

// Get returns a client, or problem.NotFound.
func (g *Registry) Get(ctx context.Context, id string) (c storage.Client, err error) {
	err = g.Store.View(ctx, func(tx storage.Tx) error {
		c, err = g.get(ctx, tx, id)
		return err
	})
	return c, err
}

// List returns up to limit clients with an id greater than after, by id.
func (g *Registry) List(ctx context.Context, after string, limit int) (all []storage.Client, err error) {
	err = g.Store.View(ctx, func(tx storage.Tx) error {
		all, err = tx.Clients().List(ctx, after, limit)
		return err
	})
	return all, err
}

func (g *Registry) get(ctx context.Context, tx storage.Tx, id string) (storage.Client, error) {
	c, err := tx.Clients().Get(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return c, ErrNoClient
	}
	return c, err
}

// version is a client in the version that is meant, or storage.ErrStale.
func (g *Registry) version(ctx context.Context, tx storage.Tx, id string, version int64) (storage.Client, error) {
	c, err := g.get(ctx, tx, id)
	if err == nil && c.Version != version {
		err = storage.ErrStale
	}
	return c, err
}

func (g *Registry) may(ctx context.Context, tx storage.Tx, former *storage.Client, next storage.Client) error {
	if g.May == nil {
		return nil
	}
	return g.May(ctx, tx, former, next)
}

// Register adds a client, and returns the secret that it got, if it has one: it is kept
// nowhere.
func (g *Registry) Register(ctx context.Context, c storage.Client, reason string, by audit.Actor) (storage.Client, string, error) {
	if err := CheckSector(ctx, g.Fetch, c); err != nil {
		return c, "", errSector(err)
	}
	var token string
	if c.Secrets = nil; client.HasSecret(c) {
		token = secret.NewToken()
		c.Secrets = []storage.ClientSecret{{SHA256: secret.Hash(token)}}
	}
	err := g.Store.Tx(ctx, func(tx storage.Tx) (err error) {
		if err := g.may(ctx, tx, nil, c); err != nil {
			return err
		}
		c, err = RegisterClient(ctx, tx, c, reason, by)
		if errors.Is(err, storage.ErrConflict) {
			return problem.Wrap(problem.Conflict, "There is an application with this ID already.", err)
		}
		return err
	})
	if err != nil {
		return c, "", err
	}
	g.Clients.Remember(c)
	return c, token, nil
}

// Change puts a registration in the place of the one of that version. Secrets stay; one
// that needs a secret for the first time gets it by rotation.
func (g *Registry) Change(ctx context.Context, version int64, c storage.Client, reason string, by audit.Actor) (storage.Client, error) {
	if err := CheckSector(ctx, g.Fetch, c); err != nil {
		return c, errSector(err)
	}
	err := g.Store.Tx(ctx, func(tx storage.Tx) error {
		former, err := g.version(ctx, tx, c.ID, version)
		if err != nil {
			return err
		}
		if err := g.may(ctx, tx, &former, c); err != nil {
			return err
		}
		if c.Secrets = nil; client.HasSecret(c) {
			if c.Secrets = former.Secrets; len(c.Secrets) == 0 {
				return problem.New(problem.Conflict, "An application that had no secret does not get one by a change; register it anew.")
			}
		}
		c, err = ChangeClient(ctx, tx, former, c, reason, by)
		return err
	})
	if err == nil {
		g.Clients.Remember(c)
	}
	return c, err
}

// Rotate gives a client of that version another secret, and returns it: it is kept
// nowhere.
func (g *Registry) Rotate(ctx context.Context, id string, version int64, overlap time.Duration, reason string, by audit.Actor) (storage.Client, string, error) {
	token := secret.NewToken()
	var c storage.Client
	err := g.Store.Tx(ctx, func(tx storage.Tx) (err error) {
		if c, err = g.version(ctx, tx, id, version); err != nil {
			return err
		}
		if err := g.may(ctx, tx, &c, c); err != nil {
			return err
		}
		c, err = RotateClientSecret(ctx, tx, c, secret.Hash(token), overlap, reason, by)
		return err
	})
	if err != nil {
		return c, "", err
	}
	g.Clients.Remember(c)
	return c, token, nil
}

// Remove removes a client of that version, and all that it was granted.
func (g *Registry) Remove(ctx context.Context, id string, version int64, reason string, by audit.Actor) error {
	err := g.Store.Tx(ctx, func(tx storage.Tx) error {
		c, err := g.version(ctx, tx, id, version)
		if err != nil {
			return err
		}
		if err := g.may(ctx, tx, &c, c); err != nil {
			return err
		}
		return RemoveClient(ctx, tx, c, by, reason)
	})
	if err == nil {
		g.Clients.Forget(id)
	}
	return err
}

func errSector(err error) error {
	return problem.Wrap(problem.Invalid, "The document at the sector_identifier_uri cannot be read, or does not hold every redirect URI.", err)
}
