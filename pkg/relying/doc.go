// Package relying is for applications that let people sign in with Claviger, or
// with any other OpenID Provider.
//
// It owns what such an application must get right: discovery, the
// authorization code flow with PKCE, state, nonce and issuer, the application's
// own session with its idle limit, refresh, UserInfo, logout, and the
// verification of access tokens in front of an API. An [Application] signs
// people in; a [TokenVerifier] protects an API. Both stand on a [Provider],
// which [Discover] makes.
//
// [Application.Left] and [Application.Report] ask and tell what only Claviger knows: how
// long the sign-in lives, and that the person did something; [Application.Logouts] and
// [Application.Redeliver] read its logout ledger. Everything else here follows
// OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0, RFC 6749,
// RFC 6750, RFC 7636, RFC 9068, RFC 9207 and RFC 9700. It imports no other
// package of this module. cmd/portal shows it at work.
//
// An application with several replicas gives all of them the same Application.Key and
// Application.Cookie, and [Sessions] a [SessionStore] that they share; redisstore_test.go
// has one on Redis. A person may then be sent to any of them, in the middle of a sign-in
// too, and the provider tells any one of the end. Their clocks may differ by three seconds.
package relying
