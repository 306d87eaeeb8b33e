package admin

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// Consents is what people agreed to share with applications, and what those hold of it.
type Consents interface {
	Authorized(ctx context.Context, personID string) ([]storage.Grant, []storage.Consent, error)
	WithdrawFor(ctx context.Context, personID, clientID, reason string, by audit.Actor) error
}

// Authorization is what an application may read of a person.
type Authorization struct {
	Client    string    `json:"client"`
	Consented []string  `json:"consented" nullable:"false" doc:"The scopes that the person agreed to; none for an application of the organization's own."`
	Since     time.Time `json:"since,omitzero" doc:"When they last agreed."`
	Grants    []Grant   `json:"grants" nullable:"false" doc:"The live ones."`
}

// Grant is one authorization that tokens come from.
type Grant struct {
	ID        string    `json:"id"`
	Scopes    []string  `json:"scopes" nullable:"false"`
	Offline   bool      `json:"offline" doc:"Whether it outlives its session."`
	Session   string    `json:"session,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

type listAuthorizationsOutput struct {
	Body struct {
		Items []Authorization `json:"items" nullable:"false"`
	}
}

func (a *API) listAuthorizations() {
	handle(a, huma.Operation{
		OperationID: "list-authorizations", Method: http.MethodGet, Path: "/v1/people/{id}/authorizations", Tags: []string{"Consents and grants"},
		Summary: "List what applications may read of a person", Description: "What the person agreed to, and the live grants, by application. The audit log records that it was read.",
	}, func(ctx context.Context, by Caller, in *Named) (*listAuthorizationsOutput, error) {
		if err := a.known(ctx, in.ID); err != nil {
			return nil, err
		}
		grants, consents, err := a.Consents.Authorized(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		if err := a.looked(ctx, in.ID, "authorizations", by); err != nil {
			return nil, err
		}
		byClient := map[string]*Authorization{}
		of := func(client string) *Authorization {
			if byClient[client] == nil {
				byClient[client] = &Authorization{Client: client, Consented: []string{}, Grants: []Grant{}}
			}
			return byClient[client]
		}
		for _, c := range consents {
			one := of(c.ClientID)
			one.Consented, one.Since = append(one.Consented, c.Scopes...), c.GrantedAt
		}
		for _, g := range grants {
			one := of(g.ClientID)
			one.Grants = append(one.Grants, Grant{
				ID: g.ID, Scopes: append([]string{}, g.Scopes...), Offline: g.Offline, Session: g.SessionID, CreatedAt: g.CreatedAt, ExpiresAt: g.ExpiresAt,
			})
		}
		out := &listAuthorizationsOutput{}
		out.Body.Items = []Authorization{}
		for _, one := range byClient {
			slices.SortFunc(one.Grants, func(a, b Grant) int { return strings.Compare(a.ID, b.ID) })
			out.Body.Items = append(out.Body.Items, *one)
		}
		slices.SortFunc(out.Body.Items, func(a, b Authorization) int { return strings.Compare(a.Client, b.Client) })
		return out, nil
	})
}

// looked records that a part of what is known of a person was read.
func (a *API) looked(ctx context.Context, personID, part string, by Caller) error {
	return a.guard().Tx(ctx, func(tx storage.Tx) error {
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.PersonRead, Outcome: audit.OutcomeAllow, Actor: by.Actor, Subject: personID, Detail: map[string]string{"part": part},
		})
	})
}
