package oidc

import (
	"net/url"
	"strings"

	"github.com/claviger-id/claviger/storage"
)

// Frames returns the addresses that the browser has to load so that the
// applications of a session drop what they keep there (OpenID Connect
// Front-Channel Logout 1.0 section 2). It is for applications that cannot be
// told otherwise: a browser that is closed, or that keeps cookies of other sites
// from frames, tells nobody. Those that can be told by the back channel are.
func (p *Provider) Frames(s storage.Session) []string {
	var frames []string
	for _, id := range s.Clients {
		c, ok := p.Clients.Get(id)
		if !ok || c.FrontchannelLogoutURI == "" {
			continue
		}
		join := "?"
		if strings.Contains(c.FrontchannelLogoutURI, "?") {
			join = "&"
		}
		// Section 3: who gets one of the two gets both.
		frames = append(frames, c.FrontchannelLogoutURI+join+url.Values{"iss": {p.Issuer}, "sid": {s.ID}}.Encode())
	}
	return frames
}
