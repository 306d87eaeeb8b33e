package client

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/storage"
)

// IsRedirectURI says that a redirect URI is one of the client's: equal to a
// registered one, character for character (RFC 9700 section 2.1). The one
// exception is that a public client registered with http and a loopback
// address may use any port there (RFC 8252 section 7.3).
func IsRedirectURI(c storage.Client, uri string) bool {
	if slices.Contains(c.RedirectURIs, uri) {
		return true
	}
	if !Public(c) {
		return false
	}
	for _, registered := range c.RedirectURIs {
		if sameButPort(registered, uri) {
			return true
		}
	}
	return false
}

func sameButPort(registered, uri string) bool {
	a, err := url.Parse(registered)
	if err != nil || !loopbackLiteral(a) {
		return false
	}
	b, err := url.Parse(uri)
	if strings.Contains(uri, "#") { // RFC 6749 section 3.1.2; an empty one is parsed away
		return false
	}
	if err != nil || !loopbackLiteral(b) || b.Hostname() != a.Hostname() {
		return false
	}
	// Everything else is compared as it was written, not as it was parsed.
	a.Host, b.Host = a.Hostname(), b.Hostname()
	return a.String() == b.String() && b.User == nil
}

func loopbackLiteral(u *url.URL) bool {
	address, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && err == nil && address.IsLoopback()
}

// IsPostLogoutRedirectURI says that the client registered the URI to go to
// after a sign-out (OpenID Connect RP-Initiated Logout 1.0 section 3).
func IsPostLogoutRedirectURI(c storage.Client, uri string) bool {
	return slices.Contains(c.PostLogoutRedirectURIs, uri)
}
