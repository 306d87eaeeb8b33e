package oidc

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/oidc/claims"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// userinfo is the endpoint of OpenID Connect Core section 5.3.
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) error {
	token, err := presented(r)
	if err != nil {
		return err
	}
	access, err := p.accessToken(w, r, pathUserinfo, token)
	if err != nil {
		return err
	}
	if !access.Allows(claims.ScopeOpenID) {
		return &fault.Error{
			Code: fault.InsufficientScope, Description: "The access token does not carry the scope openid.",
			Challenge: `Bearer realm="claviger", error="insufficient_scope", scope="openid"`,
		}
	}
	told, err := p.about(r.Context(), access)
	if err != nil {
		return err
	}
	told["sub"] = access.Subject
	if access.Delegation != nil {
		told["act"], told["delegation"] = access.Actor, access.Delegation
	}
	c, known := p.Clients.Get(access.ClientID)
	if !known {
		return badToken("The client of the access token is not registered any more.", nil)
	}
	if c.UserinfoAlg == "" {
		writeJSON(w, http.StatusOK, told)
		return nil
	}
	// OpenID Connect Core section 5.3.2. The type keeps it from being taken for
	// an ID token.
	told["iss"], told["aud"] = p.Issuer, c.ID
	return p.writeJWT(w, c.UserinfoAlg, "userinfo+jwt", "application/jwt", told)
}

// about returns the claims that the token's scopes stand for. Reading personal
// data and the record that it was read are one transaction.
func (p *Provider) about(ctx context.Context, access AccessClaims) (map[string]any, error) {
	scopes := strings.Fields(access.Scope)
	var told map[string]any
	err := p.Store.Tx(ctx, func(tx storage.Tx) error {
		// The token may say a subject that only its client knows; the grant
		// says who it is.
		grant, err := tx.Grants().Get(ctx, access.Grant)
		if err != nil {
			return err
		}
		c, _ := p.Clients.Get(access.ClientID)
		about := grant.PersonID
		if grant.Detail.Acting != nil {
			acting, err := p.Grants.Acts(ctx, tx, c, grant)
			var over *fault.Error
			if errors.As(err, &over) {
				return badToken("The person does not act for the other one any more.", err)
			}
			if err != nil {
				return err
			}
			about = acting.PrincipalID
		}
		found, err := tx.People().Get(ctx, about)
		if err != nil {
			return err
		}
		if found.State != storage.PersonActive {
			return badToken("The account is not active.", nil)
		}
		asked, err := claims.ParseRequest(grant.Detail.Claims)
		if err != nil {
			return err
		}
		// What the client is registered for by now, of what its token carries.
		scopes = slices.DeleteFunc(scopes, func(s string) bool { return !slices.Contains(c.Scopes, s) })
		names := append(claims.For(scopes), claims.Allowed(asked.Userinfo, c.Scopes)...)
		if grant.Detail.Acting != nil {
			names = claims.WhileActing(names)
		}
		k, err := known(ctx, tx, p.People, found, names)
		if err != nil {
			return err
		}
		told = claims.Named(names, k)
		if len(told) == 0 {
			return nil // nothing but the subject, which the client has
		}
		ours := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return !slices.Contains(claims.Scopes(), s) })
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.UserinfoRead, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "client", ID: access.ClientID},
			Subject: found.ID, ClientID: access.ClientID, SessionID: access.Session, GrantID: access.Grant,
			Detail: readDetail(grant, strings.Join(ours, " ")),
		})
	})
	if errors.Is(err, storage.ErrNotFound) {
		return nil, badToken("The account does not exist any more.", err)
	}
	return told, err
}

// readDetail says what was read, and by whose doing where somebody acts for the person.
func readDetail(grant storage.Grant, scope string) map[string]string {
	d := map[string]string{"scope": scope}
	if acting := grant.Detail.Acting; acting != nil {
		d["delegation"], d["delegate"] = acting.Delegation, grant.PersonID
	}
	return d
}

// presentedToken is an access token that a request brings.
type presentedToken struct {
	text string
	// dpop says that it came with the scheme DPoP (RFC 9449 section 7.1).
	dpop bool
}

// presented returns the access token of a request: from the header (RFC 6750
// section 2.1) or the body (2.2), never from the address (2.3), and never from
// both.
func presented(r *http.Request) (presentedToken, error) {
	headers := r.Header.Values("Authorization")
	var inHeader presentedToken
	var inBody string
	if len(headers) > 1 {
		return presentedToken{}, malformed("There is more than one Authorization header.", nil)
	}
	if len(headers) == 1 {
		scheme, text, _ := strings.Cut(headers[0], " ")
		switch {
		case strings.EqualFold(scheme, TypeBearer):
			inHeader.text = strings.TrimSpace(text)
		case strings.EqualFold(scheme, TypeDPoP):
			inHeader = presentedToken{text: strings.TrimSpace(text), dpop: true}
		}
	}
	// A POST may also have no body at all.
	if r.Method == http.MethodPost && r.Header.Get("Content-Type") != "" && r.ContentLength != 0 {
		form, err := web.Form(r)
		if err != nil {
			return presentedToken{}, malformed("The body cannot be read.", err)
		}
		if len(form["access_token"]) > 1 {
			return presentedToken{}, malformed("The parameter access_token occurs more than once.", nil)
		}
		inBody = form.Get("access_token")
	}
	switch {
	case inHeader.text != "" && inBody != "":
		return presentedToken{}, malformed("The access token is in the header and in the body.", nil)
	case inHeader.text != "":
		return inHeader, nil
	case inBody != "":
		return presentedToken{text: inBody}, nil
	}
	return presentedToken{}, noToken()
}

func malformed(description string, cause error) *fault.Error {
	return &fault.Error{
		Code: fault.InvalidRequest, Description: description, Cause: cause,
		Challenge: `Bearer realm="claviger", error="invalid_request"`,
	}
}
