package oidc

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/oidc/clientauth"
	"github.com/claviger-id/claviger/oidc/dpop"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/web"
)

// Resource is something of ours that is reached with our access tokens: who
// asks brings one that is addressed to it, and holds what it is bound to.
type Resource struct {
	// Audience is what tokens for it are addressed to.
	Audience     string
	Access       AccessTokens
	Proofs       *dpop.Verifier
	Certificates web.ClientCertificates
}

// Token verifies the access token in the header of a request (RFC 6750 section
// 2.1) to an address. What is wrong with it is a *fault.Error.
func (s Resource) Token(w http.ResponseWriter, r *http.Request, address string) (AccessClaims, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return AccessClaims{}, malformed("There is more than one Authorization header.", nil)
	}
	if len(headers) == 0 {
		return AccessClaims{}, noToken()
	}
	scheme, text, _ := strings.Cut(headers[0], " ")
	token := presentedToken{text: strings.TrimSpace(text), dpop: strings.EqualFold(scheme, TypeDPoP)}
	if token.text == "" || !token.dpop && !strings.EqualFold(scheme, TypeBearer) {
		return AccessClaims{}, noToken()
	}
	c, err := s.Access.Access(r.Context(), token.text)
	if err != nil {
		return AccessClaims{}, err
	}
	return c, s.held(w, r, address, "", token, c)
}

// held says that a token is meant for the resource, and that who sends it to an
// address (or another name of the same) holds what it is bound to.
func (s Resource) held(w http.ResponseWriter, r *http.Request, address, alias string, token presentedToken, c AccessClaims) error {
	if !slices.Contains(c.Audience, s.Audience) {
		return badToken("The access token is meant for somebody else.", nil)
	}
	return s.holds(w, r, address, alias, token, c)
}

// holds says that who sends a token to an address holds what it is bound to.
func (s Resource) holds(w http.ResponseWriter, r *http.Request, address, alias string, token presentedToken, c AccessClaims) error {
	bound := Confirmation{}
	if c.Confirmation != nil {
		bound = *c.Confirmation
	}
	if (bound.JKT != "") != token.dpop {
		return badToken("The access token came with the wrong scheme.", nil) // RFC 9449 section 7.2
	}
	if bound.X5T != "" {
		chain := s.Certificates.Of(r)
		if len(chain) == 0 || clientauth.Thumbprint(chain[0]) != bound.X5T {
			return badToken("The access token is bound to another certificate.", nil) // RFC 8705 section 3
		}
	}
	if bound.JKT == "" {
		return nil
	}
	w.Header().Set("DPoP-Nonce", s.Proofs.Nonce())
	headers := r.Header.Values("DPoP")
	if len(headers) != 1 {
		return badProof(fault.New(fault.InvalidDPoPProof, "There is not exactly one DPoP header."))
	}
	proof, err := s.Proofs.Check(dpop.Proof{Text: headers[0], Method: r.Method, URL: address, Alias: alias, AccessToken: token.text})
	if err != nil {
		return badProof(err)
	}
	if proof.JKT != bound.JKT {
		return badToken("The access token is bound to another key.", nil)
	}
	if err := s.Proofs.Spend(r.Context(), proof); err != nil {
		return badProof(err)
	}
	return nil
}

// noToken: RFC 6750 section 3.1: who sent nothing is told nothing but the scheme.
func noToken() error {
	return &fault.Error{
		Code: fault.InvalidToken, Status: http.StatusUnauthorized, Description: "There is no access token.",
		Challenge: `Bearer realm="claviger", DPoP algs="` + strings.Join(dpop.Algorithms(), " ") + `"`,
	}
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
