package oidc

import (
	"net/http"

	"github.com/claviger-id/claviger/pkg/web"
)

// The paths of the endpoints.
const (
	pathDiscovery  = "/.well-known/openid-configuration"
	pathMetadata   = "/.well-known/oauth-authorization-server"
	pathJWKS       = "/jwks"
	pathAuthorize  = "/authorize"
	pathToken      = "/token"
	pathUserinfo   = "/userinfo"
	pathPushed     = "/par"
	pathIntrospect = "/introspect"
	pathRevoke     = "/revoke"
	pathDeviceAuth = "/device_authorization"
	pathEndSession = "/end-session"
	pathRegister   = "/register"
	pathSession    = "/session"
	pathActivity   = "/session/activity"
	pathLogouts    = "/logouts"
	pathScript     = "/claviger-session.js"

	// The pages that signing out leads to; package pages has them.
	pathSignOut   = "/sign-out"
	pathSignedOut = "/signed-out"

	// The pages of the device flow; package pages has them.
	pathDevice        = "/device"
	pathDeviceDone    = "/device/connected"
	pathDeviceRefused = "/device/refused"
)

// maxParameters is the most that the parameters of one request may take.
const maxParameters = 16 << 10

// maxPushed is the most that a pushed request may take: a request object and an
// assertion.
const maxPushed = 32 << 10

// Routes adds the endpoints: what browsers visit, and what programs call. There
// is no CORS on what browsers visit (RFC 9700 section 2.6). Of the others, what is
// public is open to scripts of every origin, and what an application that runs in
// a browser calls is open to those of registered ones.
func (p *Provider) Routes(browser, api *web.Mux) {
	api.HandleRoute(web.Route{Pattern: "GET " + pathDiscovery, Handler: p.metadata, CORS: true})
	api.HandleRoute(web.Route{Pattern: "GET " + pathMetadata, Handler: p.metadata, CORS: true})
	api.HandleRoute(web.Route{Pattern: "GET " + pathJWKS, Handler: p.jwks, CORS: true})
	api.HandleRoute(web.Route{Pattern: "POST " + pathToken, Handler: p.token, MaxBody: maxParameters, Origins: p.Clients.KnowOrigin})
	api.HandleRoute(web.Route{Pattern: "POST " + pathPushed, Handler: p.push, MaxBody: maxPushed, Origins: p.Clients.KnowOrigin})
	api.HandleRoute(web.Route{Pattern: "POST " + pathDeviceAuth, Handler: p.authorizeDevice, MaxBody: maxParameters})
	api.HandleRoute(web.Route{Pattern: "POST " + pathIntrospect, Handler: p.introspect, MaxBody: maxParameters})
	api.HandleRoute(web.Route{Pattern: "POST " + pathRevoke, Handler: p.revoke, MaxBody: maxParameters, Origins: p.Clients.KnowOrigin})
	api.HandleRoute(web.Route{Pattern: "GET " + pathUserinfo, Handler: p.userinfo, Origins: p.Clients.KnowOrigin})
	api.HandleRoute(web.Route{Pattern: "POST " + pathUserinfo, Handler: p.userinfo, MaxBody: maxParameters, Origins: p.Clients.KnowOrigin})
	api.HandleRoute(web.Route{Pattern: "GET " + pathScript, Handler: p.sessionModule, CORS: true})
	api.HandleRoute(web.Route{Pattern: "GET " + pathSession, Handler: p.sessionLeft, Origins: p.Clients.KnowOrigin})
	api.HandleRoute(web.Route{Pattern: "POST " + pathActivity, Handler: p.sessionActivity, MaxBody: maxParameters, Origins: p.Clients.KnowOrigin})
	api.HandleRoute(web.Route{Pattern: "GET " + pathLogouts, Handler: p.logouts})
	api.HandleRoute(web.Route{Pattern: "POST " + pathLogouts + "/{id}/redeliver", Handler: p.redeliver, MaxBody: maxParameters})

	if p.Registrations != nil {
		own := pathRegister + "/{id}"
		api.HandleRoute(web.Route{Pattern: "POST " + pathRegister, Handler: p.register, MaxBody: maxRegistration})
		api.HandleRoute(web.Route{Pattern: "GET " + own, Handler: p.registration})
		api.HandleRoute(web.Route{Pattern: "PUT " + own, Handler: p.replaceRegistration, MaxBody: maxRegistration})
		api.HandleRoute(web.Route{Pattern: "DELETE " + own, Handler: p.removeRegistration})
	}

	browser.Handle("GET "+pathAuthorize, unlessHead(p.authorize))
	browser.HandleRoute(web.Route{Pattern: "POST " + pathAuthorize, Handler: p.authorize, MaxBody: maxParameters, CrossOrigin: true})
	browser.Handle("GET /interaction/{id}", unlessHead(p.resume))
	browser.Handle("GET "+pathEndSession, unlessHead(p.endSession))
	browser.HandleRoute(web.Route{Pattern: "POST " + pathEndSession, Handler: p.endSession, MaxBody: maxParameters, CrossOrigin: true})
}

// unlessHead keeps HEAD, which the router takes for GET, from doing anything.
func unlessHead(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		return h(w, r)
	}
}
