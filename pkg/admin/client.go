package admin

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Registry keeps the applications.
type Registry interface {
	Get(ctx context.Context, id string) (storage.Client, error)
	List(ctx context.Context, after string, limit int) ([]storage.Client, error)
	// Register and Rotate return a secret that is kept nowhere.
	Register(ctx context.Context, c storage.Client, reason string, by audit.Actor) (storage.Client, string, error)
	Change(ctx context.Context, version int64, c storage.Client, reason string, by audit.Actor) (storage.Client, error)
	Rotate(ctx context.Context, id string, version int64, overlap time.Duration, reason string, by audit.Actor) (storage.Client, string, error)
	Remove(ctx context.Context, id string, version int64, reason string, by audit.Actor) error
}

// Client is an application as it is registered, without its secrets.
type Client struct {
	client.Document
	Secrets   []ClientSecret `json:"secrets" nullable:"false" doc:"That there are secrets, and until when they are accepted. What they are is kept nowhere."`
	CreatedAt time.Time      `json:"created_at"`
	UpdatedAt time.Time      `json:"updated_at"`
}

// ClientSecret is that there is a secret.
type ClientSecret struct {
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"Absent where it is accepted until another one takes its place."`
}

// Registration is what an application is to be: the metadata of RFC 7591 section 2 and
// its companions, as "claviger client register --file" reads it, and why.
type Registration struct {
	client.Document
	Why
}

// Warned is what is no refusal, and has to be known.
type Warned struct {
	Warnings []string `json:"warnings,omitempty" nullable:"false" doc:"What does not work as the configuration is now: that the application cannot be told of the end of sessions, because its network is none of outbound.allow."`
}

// warned is what of an application does not work as things are.
func (a *API) warned(ctx context.Context, c storage.Client) (w Warned) {
	if c.BackchannelLogoutURI == "" || a.Barred == nil {
		return w
	}
	if why := a.Barred(ctx, c.BackchannelLogoutURI); why != "" {
		w.Warnings = []string{"It cannot be told of the end of sessions: " + why + "."}
	}
	return w
}

// ClientInput names an application.
type ClientInput struct {
	ID string `path:"id" pattern:"^[A-Za-z0-9._~-]{1,128}$"`
}

// MatchedClient is a version of an application that is to be changed.
type MatchedClient struct {
	ClientInput
	IfMatch string `header:"If-Match" maxLength:"40" doc:"The ETag that was read."`
}

type clientOutput struct {
	ETag string `header:"ETag"`
	Body Client
}

// NewSecret is an application with a secret that was made for it.
type NewSecret struct {
	Client
	Warned
	Secret string `json:"client_secret,omitempty" doc:"What it authenticates with. It is shown here and never again: only its hash is kept."`
}

type secretOutput struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     NewSecret
}

func shownClient(c storage.Client) Client {
	out := Client{Document: client.Describe(c), Secrets: []ClientSecret{}, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	for _, s := range c.Secrets {
		out.Secrets = append(out.Secrets, ClientSecret{s.ExpiresAt})
	}
	return out
}

func clientAnswer(c storage.Client) *clientOutput {
	return &clientOutput{ETag: etag(c.Version), Body: shownClient(c)}
}

func secretAnswer(c storage.Client, secret string) *secretOutput {
	return &secretOutput{ETag: etag(c.Version), Location: "/v1/clients/" + c.ID, Body: NewSecret{Client: shownClient(c), Secret: secret}}
}

// registered is the application that a document describes, read as the command reads it.
func (r Registration) registered() (storage.Client, error) {
	text, err := json.Marshal(r.Document)
	if err != nil {
		return storage.Client{}, err
	}
	d, err := client.ParseDocument(text)
	if err != nil {
		return storage.Client{}, client.Wrong{err}
	}
	return d.Client(), nil
}

// MayRegister says whether who asks may have an application be so. Through one that has
// a role here, or gets tokens for this API, whoever writes its keys or its redirect
// addresses could do all that its operators can: that is for operators alone.
func (a *API) MayRegister(ctx context.Context, tx storage.Tx, former *storage.Client, next storage.Client) error {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if ok && x.by.Role == RoleOperator {
		return nil
	}
	has, err := tx.Operators().Roles(ctx, storage.OperatorClient, next.ID)
	if err != nil {
		return err
	}
	if len(has) > 0 || a.reachesAPI(next) || former != nil && a.reachesAPI(*former) {
		return problem.New(problem.Denied, "An application that has a role here, or gets tokens for this API, is for operators to register and to change.")
	}
	return nil
}

func (a *API) reachesAPI(c storage.Client) bool {
	return slices.Contains(c.Audiences, a.URL) || slices.ContainsFunc(c.Scopes, func(s string) bool { return strings.HasPrefix(s, "admin:") })
}

// knownClient refuses an application that there is not.
func (a *API) knownClient(ctx context.Context, id string) error {
	_, err := a.Registry.Get(ctx, id)
	return err
}
