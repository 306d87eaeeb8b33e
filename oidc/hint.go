package oidc

import "encoding/json"

// hint is what an ID token that comes back to us says.
type hint struct {
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Session  string `json:"sid"`
	Issuer   string `json:"iss"`
}

// idTokenHint reads an ID token of our own issuance. That it has expired does
// not matter (OpenID Connect RP-Initiated Logout 1.0 section 2).
func (p *Provider) idTokenHint(token string) (hint, bool) {
	payload, typ, err := p.Keys.Verify(token)
	if err != nil || typ != "JWT" {
		return hint{}, false
	}
	var h hint
	if err := json.Unmarshal(payload, &h); err != nil || h.Issuer != p.Issuer || h.Subject == "" || h.Audience == "" {
		return hint{}, false
	}
	return h, true
}
