package oidc

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/oidc/clientauth"
	"github.com/claviger-id/claviger/oidc/dpop"
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
	if !slices.Contains(c.Audience, p.Issuer) {
		return badToken("The access token is meant for somebody else.", nil)
	}
	return p.holds(w, r, path, token, c)
}

// holds says that who sends a token holds what it is bound to.
func (p *Provider) holds(w http.ResponseWriter, r *http.Request, path string, token presentedToken, c AccessClaims) error {
	bound := Confirmation{}
	if c.Confirmation != nil {
		bound = *c.Confirmation
	}
	if (bound.JKT != "") != token.dpop {
		return badToken("The access token came with the wrong scheme.", nil) // RFC 9449 section 7.2
	}
	if bound.X5T != "" {
		chain := p.Certificates.Of(r)
		if len(chain) == 0 || clientauth.Thumbprint(chain[0]) != bound.X5T {
			return badToken("The access token is bound to another certificate.", nil) // RFC 8705 section 3
		}
	}
	if bound.JKT == "" {
		return nil
	}
	w.Header().Set("DPoP-Nonce", p.Proofs.Nonce())
	headers := r.Header.Values("DPoP")
	if len(headers) != 1 {
		return badProof(fault.New(fault.InvalidDPoPProof, "There is not exactly one DPoP header."))
	}
	proof, err := p.Proofs.Check(dpop.Proof{Text: headers[0], Method: r.Method, URL: p.Issuer + path, Alias: p.alias(path), AccessToken: token.text})
	if err != nil {
		return badProof(err)
	}
	if proof.JKT != bound.JKT {
		return badToken("The access token is bound to another key.", nil)
	}
	if err := p.Proofs.Spend(r.Context(), proof); err != nil {
		return badProof(err)
	}
	return nil
}

// badProof has a fault of a proof answered as RFC 9449 section 7.1 wants it of
// a resource.
func badProof(err error) error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return err
	}
	e.Status = http.StatusUnauthorized
	e.Challenge = `DPoP error="` + string(e.Code) + `", error_description="` + plain(e.Description) + `", algs="` + strings.Join(dpop.Algorithms(), " ") + `"`
	return e
}

// badToken is RFC 6750 section 3.1, invalid_token.
func badToken(description string, cause error) *fault.Error {
	return &fault.Error{
		Code: fault.InvalidToken, Description: description, Cause: cause,
		Challenge: `Bearer realm="claviger", error="invalid_token", error_description="` + plain(description) + `"`,
	}
}
