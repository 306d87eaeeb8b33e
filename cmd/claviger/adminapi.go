package main

import (
	"net/http"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/telemetry"
)

// adminAPI is the REST API of the admin listener.
func (in *installation) adminAPI(provider *oidc.Provider, clients *oidc.Clients, sessions *session.Service, metrics *telemetry.Metrics, auditKey string) (http.Handler, error) {
	// The services of the API ask in their transactions whether the caller still may.
	guarded := *in
	guarded.store = &admin.Guard{Store: in.store}
	ending := *sessions
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
	api := &admin.API{
		Credentials: credentials, Factors: factors, Recovery: guarded.recovery(ending.Ephemeral.Attempts(), credentials, &ending), Channels: in.channels(), AuditKey: auditKey, Jobs: guarded.jobs(),
		Store: in.store, Accounts: guarded.accounts(&ending), Applications: applications, Access: guarded.access(&ending), Sessions: &ending, URL: in.config.AdminURL(), Issuer: in.config.Public.Issuer, ACR: in.config.Admin.ACR,
		Version: buildVersion(), Now: in.now, Log: in.log, Observe: metrics.Request,
		Tokens: adminTokens{clients: clients, resource: oidc.Resource{
			Audience: in.config.AdminURL(), Access: provider.Access, Proofs: provider.Proofs, Certificates: provider.Certificates,
		}},
	}
	return api.Handler()
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
