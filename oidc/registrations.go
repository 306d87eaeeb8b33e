package oidc

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/clientkeys"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

// Registrations lets applications register themselves (RFC 7591) and manage
// what they registered (RFC 7592). It is safe for concurrent use.
type Registrations struct {
	Store    storage.Store
	Clients  *Clients
	Marks    storage.Marks
	Attempts storage.Attempts
	Fetch    clientkeys.Fetcher
	Issuer   string
	Policy   client.Policy
	// Open lets anybody register, without an initial access token.
	Open bool
	// Unused is how long a client stays that gets no token.
	Unused time.Duration
	// SecretLife is how long a secret is accepted; zero means for ever.
	SecretLife time.Duration
	// PerHour is how many registrations one address may try in an hour.
	PerHour int64
	// MaxClients is how many clients that registered themselves there may be.
	MaxClients int64
	// RotateToken replaces the registration access token with each change.
	RotateToken bool
	// TombstoneFor is how long it is remembered that a client was removed: the
	// life of an access token, and some for clocks.
	TombstoneFor time.Duration
	Now          func() time.Time
	Log          *slog.Logger

	mu   sync.Mutex // guards used
	used map[string]time.Time
}

// ClientMark is the name of the mark that a client leaves which removed itself.
func ClientMark(id string) string { return "client:" + id }

// ownedPrefix begins the ids of clients that registered themselves: no subject
// looks like that.
const ownedPrefix = "app-"

// information is what the owner of a registration is answered (RFC 7591 section
// 3.2.1, RFC 7592 section 3).
type information struct {
	client.Document
	Secret            string `json:"client_secret,omitempty"`
	SecretExpiresAt   *int64 `json:"client_secret_expires_at,omitempty"`
	IssuedAt          int64  `json:"client_id_issued_at"`
	RegistrationToken string `json:"registration_access_token"`
	RegistrationURI   string `json:"registration_client_uri"`
}

// inform describes a client to its owner. The secret is there only when it is
// new: it is kept as a hash.
func (g *Registrations) inform(c storage.Client, newSecret, token string) information {
	i := information{
		Document: client.Answered(c), Secret: newSecret, IssuedAt: c.CreatedAt.Unix(),
		RegistrationToken: token, RegistrationURI: g.Issuer + pathRegister + "/" + c.ID,
	}
	if n := len(c.Secrets); n > 0 {
		var at int64 // 0: it does not expire
		if until := c.Secrets[n-1].ExpiresAt; !until.IsZero() {
			at = until.Unix()
		}
		i.SecretExpiresAt = &at
	}
	return i
}

// newSecret gives the client another secret beside the one that it has.
func (g *Registrations) newSecret(c *storage.Client, now time.Time) string {
	token := secret.NewToken()
	s := storage.ClientSecret{SHA256: secret.Hash(token)}
	if g.SecretLife > 0 {
		s.ExpiresAt = now.Add(g.SecretLife)
	}
	if n := len(c.Secrets); n > 0 {
		c.Secrets = []storage.ClientSecret{c.Secrets[n-1], s}
	} else {
		c.Secrets = []storage.ClientSecret{s}
	}
	return token
}

// judge reads what is asked for and returns the registration that it would be,
// with every problem at once. before is the client as it is, or nil.
func (g *Registrations) judge(ctx context.Context, text []byte, id string, ceiling []string, before *storage.Client) (storage.Client, error) {
	asked, problems := client.ParseRequested(text)
	if asked.SoftwareStatement != "" { // RFC 7591 section 3.1.1
		return storage.Client{}, fault.New(fault.UnapprovedSoftwareStatement, "Software statements are not accepted here; nobody's is trusted.")
	}
	policy := g.Policy.Within(ceiling)
	c, contradictions := asked.Client(id, policy.Scopes)
	if before == nil {
		if asked.Secret != "" || asked.ID != "" {
			problems = append(problems, errors.New("client_id and client_secret are chosen here"))
		}
	} else {
		problems = append(problems, repeated(asked, *before, g.Now())...)
		c.Secrets, c.CreatedAt, c.Version = before.Secrets, before.CreatedAt, before.Version
	}
	if !client.HasSecret(c) {
		c.Secrets = nil
	} else if len(c.Secrets) == 0 {
		// One is drawn when all else is well; here it is enough that there will be.
		c.Secrets = []storage.ClientSecret{{SHA256: make([]byte, 32)}}
	}
	problems = append(problems, contradictions...)
	problems = append(problems, client.Problems(c)...)
	problems = append(problems, policy.Problems(c)...)
	if len(problems) > 0 {
		return storage.Client{}, unfit(problems)
	}
	if err := CheckSector(ctx, g.Fetch, c); err != nil {
		text := err.Error()
		if cause := errors.Unwrap(err); cause != nil {
			text = "the sector_identifier_uri cannot be fetched" // what lies where is nobody's business
		}
		return storage.Client{}, &fault.Error{Code: fault.InvalidClientMetadata, Description: sentence(text), Cause: err}
	}
	return c, nil
}

// repeated is RFC 7592 section 2.2: what a client sends of itself has to be what
// it is, and some of it must not be sent.
func repeated(asked client.Requested, before storage.Client, now time.Time) (problems []error) {
	if asked.ID != before.ID {
		problems = append(problems, errors.New("client_id is missing, or another client's"))
	}
	if asked.Secret != "" {
		hash, fits := secret.Hash(asked.Secret), false
		for _, s := range before.Secrets {
			if secret.Equal(s.SHA256, hash) && (s.ExpiresAt.IsZero() || s.ExpiresAt.After(now)) {
				fits = true
			}
		}
		if !fits {
			problems = append(problems, errors.New("client_secret is not the client's, which cannot choose it"))
		}
	}
	if len(asked.RegistrationToken)+len(asked.RegistrationURI)+len(asked.IssuedAt)+len(asked.SecretExpiresAt) > 0 {
		problems = append(problems, errors.New("registration_access_token, registration_client_uri, client_id_issued_at and client_secret_expires_at must not be sent"))
	}
	return problems
}

// unfit is RFC 7591 section 3.2.2.
func unfit(problems []error) *fault.Error {
	code := fault.InvalidClientMetadata
	if client.AboutRedirects(problems) {
		code = fault.InvalidRedirectURI
	}
	return fault.New(code, sentence(errors.Join(problems...).Error()))
}

func sentence(lines string) string { return strings.ReplaceAll(lines, "\n", "; ") }

// bearer returns the token of a request, which is "" when there is none.
func bearer(r *http.Request) (string, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return "", nil
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if token = strings.TrimSpace(token); len(headers) > 1 || !strings.EqualFold(scheme, TypeBearer) || token == "" {
		return "", malformed("The Authorization header is not a bearer token.", nil)
	}
	return token, nil
}

// owner returns the client whose registration access token the request brings.
// Nobody learns whether there is such a client (RFC 7592 section 2.1): one that
// is missing and a token that is wrong are told alike, and take alike.
func (g *Registrations) owner(r *http.Request, tx storage.Tx, id, token string) (storage.Client, storage.Registration, error) {
	ctx := r.Context()
	found, err := tx.Registrations().Get(ctx, id)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return storage.Client{}, storage.Registration{}, fmt.Errorf("oidc: registration: %w", err)
	}
	kept := found.TokenSHA256
	if err != nil {
		kept = make([]byte, sha256.Size) // the hash of nothing that anybody has
	}
	if !secret.Equal(kept, secret.Hash(token)) {
		return storage.Client{}, storage.Registration{}, badToken("The registration access token is not accepted.", nil)
	}
	c, err := tx.Clients().Get(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return storage.Client{}, storage.Registration{}, badToken("The registration access token is not accepted.", nil)
	}
	return c, found, err
}

// admit counts an attempt from an address, and refuses what is too many.
func (g *Registrations) admit(r *http.Request) error {
	const hour = time.Hour
	now := g.Now()
	wait, err := g.Attempts.Reserve(r.Context(), now, storage.Claim{
		Key:  fmt.Sprintf("registration:%s:%d", limit.Block(request.From(r.Context()).Address), now.Unix()/int64(hour/time.Second)),
		Free: g.PerHour - 1, Waits: []time.Duration{hour}, Forget: hour,
	})
	if err != nil {
		return fmt.Errorf("oidc: registration: %w", err)
	}
	if wait > 0 {
		return &fault.Error{
			Code: fault.TemporarilyUnavailable, Status: http.StatusTooManyRequests,
			Description: "Too many registrations were tried from this address. Try again in an hour.",
		}
	}
	return nil
}

// denied records that somebody was refused who could not be told from an honest
// one at first sight. How many there are is bounded by admit.
func (g *Registrations) denied(r *http.Request, id string, err error) error {
	var e *fault.Error
	if !errors.As(err, &e) || e.HTTPStatus() >= http.StatusInternalServerError || e.Status == http.StatusTooManyRequests {
		return err
	}
	if auditErr := g.Store.Tx(r.Context(), func(tx storage.Tx) error {
		return audit.Record(r.Context(), tx, audit.Event{
			Kind: audit.RegistrationDenied, Outcome: audit.OutcomeDeny, Reason: string(e.Code), Actor: audit.Actor{Type: "client", ID: id}, ClientID: id,
		})
	}); auditErr != nil {
		return errors.Join(auditErr, e.Cause)
	}
	return err
}

// Used notes that a client got a token.
func (g *Registrations) Used(id string) {
	if !strings.HasPrefix(id, ownedPrefix) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.used == nil {
		g.used = map[string]time.Time{}
	}
	g.used[id] = g.Now()
}

// What is done in the background, and how much of it at once.
const (
	registrationInterval = time.Minute
	registrationBatch    = 50
	// initialTokensKept is how long initial access tokens are listed after they
	// expired.
	initialTokensKept = 30 * 24 * time.Hour
)

// Run writes down which clients were used and removes those that nobody uses,
// until ctx ends. Any number of replicas may do so.
func (g *Registrations) Run(ctx context.Context) error {
	return worker.Every(ctx, registrationInterval, g.Log, "removal of unused clients", g.Tidy)
}

// Tidy does once what Run does.
func (g *Registrations) Tidy(ctx context.Context) error {
	g.mu.Lock()
	used := g.used
	g.used = nil
	g.mu.Unlock()
	var unused []string
	if err := g.Store.Tx(ctx, func(tx storage.Tx) (err error) {
		for id, at := range used {
			if err := tx.Registrations().Touch(ctx, id, at); err != nil {
				return err
			}
		}
		if _, err := tx.InitialTokens().Purge(ctx, tx.Now().Add(-initialTokensKept), registrationBatch); err != nil {
			return err
		}
		unused, err = tx.Registrations().Unused(ctx, tx.Now().Add(-g.Unused), registrationBatch)
		return err
	}); err != nil {
		return fmt.Errorf("oidc: registrations: %w", err)
	}
	for _, id := range unused {
		if err := g.removeUnused(ctx, id); err != nil {
			return fmt.Errorf("oidc: registrations: %w", err)
		}
		g.Clients.Forget(id)
	}
	return nil
}

func (g *Registrations) removeUnused(ctx context.Context, id string) error {
	return g.Store.Tx(ctx, func(tx storage.Tx) error {
		c, err := tx.Clients().Get(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			_, err := tx.Registrations().Remove(ctx, id)
			return err
		}
		if err != nil {
			return err
		}
		err = RemoveClient(ctx, tx, c, audit.Actor{Type: "system"}, RemovedUnused)
		if errors.Is(err, storage.ErrStale) {
			return nil // it changed at this moment: not unused
		}
		return err
	})
}
