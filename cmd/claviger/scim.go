package main

import (
	"context"
	"net/http"

	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/scim"
	"github.com/claviger-id/claviger/pkg/telemetry"
)

// besideSCIM is the admin API with the SCIM server beside it, which works on the same
// guarded store and goes by the same rules.
func (in *installation) besideSCIM(api *admin.API, guarded installation, applications *enroll.Applications, metrics *telemetry.Metrics) (http.Handler, error) {
	api.Beside = scim.Operations()
	operators, err := api.Handler()
	if err != nil {
		return nil, err
	}
	provisioning := &scim.Server{
		Store: guarded.store, Keys: in.keyring, People: &person.Directory{Keys: in.keyring}, Accounts: api.Accounts, Applications: applications, Access: api.Access,
		Gate: scimGate{api}, URL: in.config.AdminURL(), Now: in.now, Log: in.log, Observe: metrics.Request, Proxies: api.Proxies,
	}
	mux := http.NewServeMux()
	mux.Handle("/", operators)
	mux.Handle("/scim/", provisioning.Handler())
	return mux, nil
}

// scimGate has the admin API say who may.
type scimGate struct{ *admin.API }

var _ scim.Gate = scimGate{}

// Admit implements [scim.Gate].
func (g scimGate) Admit(w http.ResponseWriter, r *http.Request, operation string) (context.Context, scim.Caller, error) {
	ctx, by, err := g.API.Admit(w, r, operation)
	return ctx, scim.Caller{Actor: by.Actor, ClientID: by.Token.ClientID, Organization: by.Organization}, err
}
