// Package fositeop implements oidc.Engine on ory/fosite. It is the only package
// that imports fosite (and with it go-jose v3); docs/adr/0004-fosite-behind-a-seam.md
// says why, which defects are closed at this seam, and how to leave it.
//
// Of fosite it uses the checks of authorization requests, the authorization
// code grant and PKCE. Client authentication, refresh, ID tokens and all
// signing are its own.
//
// fosite asks its storage many small questions. The adapter in store.go answers
// them from a memo of the request at hand, so that a code costs one round trip
// to issue and two to redeem. The memo travels in the context, the one
// exception to the rule that contexts carry nothing but what describes the
// request: fosite's interfaces leave no other way.
package fositeop
