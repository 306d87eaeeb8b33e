// Package mfa has the pure parts of second factors: the ceremonies of passkeys
// (WebAuthn), one-time passwords of a time (RFC 6238), recovery codes, and the picture by which an application on a
// telephone takes over a secret. It keeps nothing and knows nobody; package factor
// does.
package mfa
