package oidc

import (
	"net/http"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/oidc/fault"
)

// AccessTokenType is the header type of an access token (RFC 9068 section 2.1).
const AccessTokenType = "at+jwt"

// AccessClaims are the claims of an access token (RFC 9068 section 2.2).
type AccessClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	ClientID string   `json:"client_id"`
	Expiry   int64    `json:"exp"`
	IssuedAt int64    `json:"iat"`
	ID       string   `json:"jti"`
	Scope    string   `json:"scope,omitempty"`
	AuthTime int64    `json:"auth_time,omitempty"`
	ACR      string   `json:"acr,omitempty"`
	AMR      []string `json:"amr,omitempty"`
	Session  string   `json:"sid,omitempty"`
	// Grant is a claim of ours: the grant that the token belongs to.
	Grant string `json:"gid,omitempty"`
	// Confirmation is what the token is bound to, if it is.
	Confirmation *Confirmation `json:"cnf,omitempty"`
	// Actor is who acts for the subject (RFC 8693 section 4.1).
	Actor *Actor `json:"act,omitempty"`
	// Delegation is by what a person acts for the subject.
	Delegation *Delegation `json:"delegation,omitempty"`
}

// Confirmation is cnf: RFC 9449 section 6.1, RFC 8705 section 3.1.
type Confirmation struct {
	JKT string `json:"jkt,omitempty"`
	X5T string `json:"x5t#S256,omitempty"`
}

// Actor is act, with the actors before it inside.
type Actor struct {
	Subject string `json:"sub"`
	Actor   *Actor `json:"act,omitempty"`
}

// Allows says that the token carries a scope.
func (c AccessClaims) Allows(scope string) bool {
	return slices.Contains(strings.Fields(c.Scope), scope)
}

// accessToken verifies the token of a request to a resource of ours, and that
// who sends it holds what it is bound to.
func (p *Provider) accessToken(w http.ResponseWriter, r *http.Request, path string, token presentedToken) (AccessClaims, error) {
	c, err := p.Access.Access(r.Context(), token.text)
	if err != nil {
		return AccessClaims{}, err
	}
	return c, p.held(w, r, path, token, c)
}

// held says that a token is meant for us, and that who sends it holds what it
// is bound to.
func (p *Provider) held(w http.ResponseWriter, r *http.Request, path string, token presentedToken, c AccessClaims) error {
	return p.resource().held(w, r, p.Issuer+path, p.alias(path), token, c)
}

// holds says that who sends a token holds what it is bound to.
func (p *Provider) holds(w http.ResponseWriter, r *http.Request, path string, token presentedToken, c AccessClaims) error {
	return p.resource().holds(w, r, p.Issuer+path, p.alias(path), token, c)
}

// resource is what is reached with tokens that are addressed to us.
func (p *Provider) resource() Resource {
	return Resource{Audience: p.Issuer, Access: p.Access, Proofs: p.Proofs, Certificates: p.Certificates}
}

// badToken is RFC 6750 section 3.1, invalid_token.
func badToken(description string, cause error) *fault.Error {
	return &fault.Error{
		Code: fault.InvalidToken, Description: description, Cause: cause,
		Challenge: `Bearer realm="claviger", error="invalid_token", error_description="` + plain(description) + `"`,
	}
}
