package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/telemetry"
	"github.com/claviger-id/claviger/pkg/web"
)

// adminParts are what the admin API shares with the rest of the server.
type adminParts struct {
	provider   *oidc.Provider
	clients    *oidc.Clients
	sessions   *session.Service
	agreements *agreement.Service
	metrics    *telemetry.Metrics
	fetch      *outbound.Client
	proxies    web.Proxies
	auditKey   string
	signLog    func(context.Context) error
	health     func(context.Context) []admin.HealthPart
}

// adminAPI is the REST API of the admin listener.
func (in *installation) adminAPI(ctx context.Context, parts adminParts) (http.Handler, error) {
	provider, clients := parts.provider, parts.clients
	// The services of the API ask in their transactions whether the caller still may.
	guarded := *in
	guarded.store = &admin.Guard{Store: in.store}
	ending := *parts.sessions
	ending.Store = guarded.store
	applications, err := guarded.applications()
	if err != nil {
		return nil, err
	}
	factors, err := guarded.factors(ending.Ephemeral)
	if err != nil {
		return nil, err
	}
	credentials := guarded.credentials(ending.Ephemeral.Attempts(), nil)
	agreements, err := guarded.agreements(ctx, &ending)
	if err != nil {
		return nil, err
	}
	consents := *provider.Consents
	consents.Store, consents.Sessions = guarded.store, &ending
	organizations := guarded.access(&ending)
	organizations.EndActing = provider.Delegations.End
	registry := &oidc.Registry{Store: guarded.store, Clients: clients, Fetch: parts.fetch}
	api := &admin.API{
		SignLog: parts.signLog, Keys: in.keyring, Registry: registry, Barred: parts.fetch.Barred, Consents: &consents, Logouts: &backchannel.Logouts{Store: guarded.store, Clients: clients, Now: in.now, Log: in.log},
		Events: guarded.events(),
		Mail:   &mail.Log{Store: guarded.store, Box: outbox.Box{Keys: in.keyring}}, Ring: guarded.ring(), ReloadKeys: parts.provider.Keys.Reload,
		Agreements: agreements, ReloadAgreements: parts.agreements.Open, Policies: in.policies(), Health: parts.health, Examine: in.examineForAPI,
		Credentials: credentials, Factors: factors, Recovery: guarded.recovery(ending.Ephemeral.Attempts(), credentials, &ending), Channels: in.channels(), AuditKey: parts.auditKey, Jobs: guarded.jobs(),
		Store: in.store, Accounts: guarded.accounts(&ending), Applications: applications, Access: organizations, Sessions: &ending, URL: in.config.AdminURL(), Issuer: in.config.Public.Issuer, ACR: in.config.Admin.ACR, Fresh: in.config.Admin.Fresh.Duration, Attempts: ending.Ephemeral.Attempts(), PerMinute: int64(in.config.Admin.CallsPerMinute), Proxies: parts.proxies,
		Operators: guarded.operators(), Approvals: guarded.approvals(),
		Version: buildVersion(), Now: in.now, Log: in.log, Observe: parts.metrics.Request,
		Tokens: adminTokens{clients: clients, resource: oidc.Resource{
			Audience: in.config.AdminURL(), Access: provider.Access, Proofs: provider.Proofs, Certificates: provider.Certificates,
		}},
	}
	registry.May = api.MayRegister
	return in.besideSCIM(api, guarded, applications, parts.metrics)
}

// adminTokens has package oidc verify the tokens of the admin API.
type adminTokens struct {
	clients  *oidc.Clients
	resource oidc.Resource
}

var _ admin.Tokens = adminTokens{}

// Token implements [admin.Tokens].
func (t adminTokens) Token(w http.ResponseWriter, r *http.Request, address string) (admin.Token, error) {
	c, err := t.resource.Token(w, r, address)
	if err != nil {
		return admin.Token{}, err
	}
	owner, ok := t.clients.Get(c.ClientID)
	if !ok {
		return admin.Token{}, &fault.Error{
			Code: fault.InvalidToken, Description: "The client of the access token does not exist any more.",
			Challenge: `Bearer realm="claviger", error="invalid_token"`,
		}
	}
	return admin.Token{
		Subject: c.Subject, ClientID: c.ClientID, Grant: c.Grant, Session: c.Session, Scopes: strings.Fields(c.Scope),
		ACR: c.ACR, AuthTime: time.Unix(c.AuthTime, 0), Confidential: !client.Public(owner),
		Bound: c.Confirmation != nil && (c.Confirmation.JKT != "" || c.Confirmation.X5T != ""), Acted: c.Actor != nil,
	}, nil
}
